using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files.Control;

/// <summary><c>.meta/&lt;key&gt;</c>.</summary>
public sealed class MetaTests : ControlTestBase
{
    [Fact]
    public async Task Read_Key_TellsVersionSizeAndTimes()
    {
        var version = await PutAsync("a/key", "value");

        (await ReadAsync(Guest, ".meta/a/key")).Should().Be($$"""{"version":{{version}},"size":5,"modified":"2030-01-01T00:00:00Z","expires":null}""");
    }

    [Theory]
    [InlineData("missing", Errno.NoEnt)]
    [InlineData("a/missing", Errno.NoEnt)]
    [InlineData("a/key/below", Errno.NotDir)]
    [InlineData(".lock/name", Errno.NoEnt)]
    [InlineData(".meta/a/key", Errno.NoEnt)]
    public async Task Open_NoSuchKey_Fails(string key, Errno expected)
    {
        await PutAsync("a/key");

        (await OpenErrorAsync(Guest, ".meta/" + key)).Should().Be(expected);
    }

    [Fact]
    public async Task Open_FileNotClosedYet_DoesNotExist()
    {
        await OpenAsync(Guest, "new", OpenFlags.Create, Rights.FdWrite);

        (await OpenErrorAsync(Guest, ".meta/new")).Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task List_IsTheDirectoryItself()
    {
        await PutAsync("a/1");
        await PutAsync("b");

        (await ListAsync(Guest, ".meta")).Should().Equal("a", "b");
        (await ListAsync(Guest, ".meta/a")).Should().Equal("1");
        (await ListAsync(Guest, ".")).Should().Equal("a", "b");
    }

    [Theory]
    [InlineData("""{"ttl":60}""", 60)]
    [InlineData(" {\"ttl\" : 0.5}\n", 0.5)]
    [InlineData("""{"ttl":1e3}""", 1000)]
    public async Task Write_TimeToLive_ExpiresThen(string json, double seconds)
    {
        await PutAsync("key", "value");

        (await WriteAsync(Guest, ".meta/key", json)).Should().Be(Errno.Success);

        (await ReadAsync(Guest, ".meta/key")).Should().Contain("\"expires\":\"2030-01-01T00:");
        Clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        (await ReadAsync(Guest, "key")).Should().Be("value");
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        (await OpenErrorAsync(Guest, "key")).Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task Write_Null_RemovesTheExpiry()
    {
        await PutAsync("key", "value");
        await WriteAsync(Guest, ".meta/key", """{"ttl":60}""");

        (await WriteAsync(Guest, ".meta/key", """{"ttl":null}""")).Should().Be(Errno.Success);

        Clock.Advance(TimeSpan.FromSeconds(61));
        (await GetAsync("key")).Should().Be("value");
    }

    [Theory]
    [InlineData("60")]
    [InlineData("{}")]
    [InlineData("""{"ttl":0}""")]
    [InlineData("""{"ttl":-1}""")]
    [InlineData("""{"ttl":"60"}""")]
    [InlineData("""{"ttl":1e300}""")]
    [InlineData("""{"ttl":900000000000}""")]
    [InlineData("""{"ttl":1,"ttl":2}""")]
    [InlineData("""{"ttl":1}{"ttl":1}""")]
    [InlineData("""{"ttl":1""")]
    [InlineData("\0")]
    public async Task Write_AnythingElse_IsInvalAtClose(string text)
    {
        await PutAsync("key", "value");

        (await WriteAsync(Guest, ".meta/key", text)).Should().Be(Errno.Inval);

        (await ReadAsync(Guest, ".meta/key")).Should().Contain("\"expires\":null");
    }

    [Fact]
    public async Task Write_FlushedThenClosed_TakesEffectOnce()
    {
        var version = await PutAsync("key");
        var file = await OpenAsync(Guest, ".meta/key", rights: ReadWrite);
        await Guest.WriteAsync(file, "{\"ttl\"");
        await Guest.WriteAsync(file, ":60}");

        (await Guest.CallAsync("fd_sync", file)).Should().Be(Errno.Success);
        (await Guest.CloseAsync(file)).Should().Be(Errno.Success);

        (await Backend.CommitAsync(new(), default)).Revision.Should().Be(version + 1);
    }

    [Fact]
    public async Task Write_TooMuch_IsFBig()
    {
        await PutAsync("key");
        var file = await OpenAsync(Guest, ".meta/key", rights: Rights.FdWrite);

        (await Guest.WriteAsync(file, new string(' ', 1025))).Error.Should().Be(Errno.FBig);
    }

    [Fact]
    public async Task Write_KeyRemovedMeanwhile_IsNoEnt()
    {
        await PutAsync("key");
        var file = await OpenAsync(Guest, ".meta/key", rights: Rights.FdWrite);
        await Guest.WriteAsync(file, """{"ttl":60}""");
        await DeleteAsync("key");

        (await Guest.CloseAsync(file)).Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task Write_ChangedMeanwhile_KeepsTheNewerValue()
    {
        var racing = new CountingBackend(Backend);
        var guest = NewGuest(NewMount(racing));
        await PutAsync("key", "old");
        racing.BeforeCommitWithOperations = () => PutAsync("key", "new");

        (await WriteAsync(guest, ".meta/key", """{"ttl":60}""")).Should().Be(Errno.Success);

        (await GetAsync("key")).Should().Be("new");
        Clock.Advance(TimeSpan.FromSeconds(60));
        (await GetAsync("key")).Should().BeNull();
    }

    [Theory]
    [InlineData(4, 100, Errno.FBig)]
    [InlineData(100, 4, Errno.NoMem)]
    public async Task Write_ValueOverALimit_Fails(int maxValueBytes, int maxOpenBytes, Errno expected)
    {
        var guest = NewGuest(NewMount(Backend, new() { MaxValueBytes = maxValueBytes, MaxOpenBytes = maxOpenBytes }));
        await PutAsync("key", "value");

        (await WriteAsync(guest, ".meta/key", """{"ttl":60}""")).Should().Be(expected);
    }

    [Fact]
    public async Task Open_ReadOnlyScope_ReadsAndDoesNotWrite()
    {
        await PutAsync("key");
        var guest = NewGuest(NewMount(Backend), FileAccess.Read);

        (await ReadAsync(guest, ".meta/key")).Should().Contain("\"size\":0");
        (await OpenErrorAsync(guest, ".meta/key", rights: Rights.FdWrite)).Should().Be(Errno.RoFs);
    }

    [Fact]
    public async Task Tenant_SeesItsOwnKeysOnly()
    {
        await PutAsync("t1/key");
        await PutAsync("key");
        var tenant = NewTenant("t1/");

        (await OpenErrorAsync(tenant, ".meta/key")).Should().Be(Errno.Success);
        (await OpenErrorAsync(tenant, ".meta/t1/key")).Should().Be(Errno.NoEnt);
        (await OpenErrorAsync(NewTenant("t2/"), ".meta/key")).Should().Be(Errno.NoEnt);
    }

    [Theory]
    [InlineData("path_create_directory", ".meta", Errno.Exist)]
    [InlineData("path_create_directory", ".meta/new", Errno.Perm)]
    [InlineData("path_create_directory", ".other", Errno.Access)]
    [InlineData("path_unlink_file", ".meta", Errno.IsDir)]
    [InlineData("path_unlink_file", ".meta/key", Errno.Perm)]
    [InlineData("path_unlink_file", ".other", Errno.NoEnt)]
    [InlineData("path_remove_directory", ".meta", Errno.Busy)]
    [InlineData("path_remove_directory", ".meta/key", Errno.Perm)]
    public async Task ControlNames_Changed_AreRefused(string function, string path, Errno expected)
    {
        await PutAsync("key");

        (await Guest.OnPathAsync(function, "extra/" + path)).Should().Be(expected);
    }

    [Fact]
    public async Task ControlNames_RenamedOrReplaced_AreRefused()
    {
        await PutAsync("key");

        (await Guest.RenameAsync("extra/.meta", "extra/a")).Should().Be(Errno.Busy);
        (await Guest.RenameAsync("extra/key", "extra/.meta")).Should().Be(Errno.Access);
        (await Guest.RenameAsync("extra/.meta/key", "extra/a")).Should().Be(Errno.Perm);
        (await Guest.RenameAsync("extra/key", "extra/.meta/a")).Should().Be(Errno.XDev);
        (await OpenErrorAsync(Guest, ".meta/new", OpenFlags.Create, Rights.FdWrite)).Should().Be(Errno.Access);
    }
}
