using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Hostile.Tests.Paths;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.KeyValue.Memory;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Authority;

/// <summary>The control names of a scope are judged as the keys they speak of: no right to a key can be had through one.</summary>
public sealed class ControlNameTests
{
    private const string Scope = "beta/kv/local/";
    private const string Secret = "secret";
    private const Rights ReadWrite = Rights.FdRead | Rights.FdWrite;

    private const string Policy = """
        /beta/kv/local/todo         rwc
        /beta/kv/local/todo/hidden  -
        /beta/kv/local/ro           r
        /beta/kv/local/wo           w
        """;

    private static readonly string[] s_keys = ["todo/a", "todo/hidden/x", "todolist/x", "ro/k", "wo/k", "other/b", "b"];

    private readonly MemoryKeyValueBackend _backend = new();

    [Theory]
    [InlineData(".meta/todo/a", "r", Errno.Success)]
    [InlineData(".meta/todo/a", "w", Errno.Success)]
    [InlineData(".meta/ro/k", "r", Errno.Success)]
    [InlineData(".meta/ro/k", "w", Errno.Access)]
    [InlineData(".meta/ro/k", "rw", Errno.Access)]
    [InlineData(".meta/wo/k", "r", Errno.Access)]
    [InlineData(".meta/other/b", "r", Errno.NoEnt)]
    [InlineData(".meta/b", "r", Errno.NoEnt)]
    [InlineData(".meta/todo/hidden/x", "r", Errno.NoEnt)]
    [InlineData(".meta/todo/../other/b", "r", Errno.NoEnt)]
    [InlineData(".watch/todo", "r", Errno.Success)]
    [InlineData(".watch/todo/.all", "r", Errno.Success)]
    [InlineData(".watch/ro/k", "r", Errno.Success)]
    [InlineData(".watch/wo/k", "r", Errno.Access)]
    [InlineData(".watch/.all", "r", Errno.NoEnt)]
    [InlineData(".watch/to", "r", Errno.NoEnt)]
    [InlineData(".watch/other", "r", Errno.NoEnt)]
    [InlineData(".watch/todo/hidden", "r", Errno.NoEnt)]
    [InlineData(".watch/todo/hidden/.all", "r", Errno.NoEnt)]
    [InlineData(".lock/todo/l", "rw", Errno.Success)]
    [InlineData(".lock/wo/l", "r", Errno.Success)]
    [InlineData(".lock/ro/l", "r", Errno.Access)]
    [InlineData(".lock/other", "rw", Errno.NoEnt)]
    [InlineData(".lock/todo/hidden/l", "rw", Errno.NoEnt)]
    [InlineData(".lock/todo/../other", "rw", Errno.NotDir)]
    [InlineData("todo/.meta/a", "r", Errno.NoEnt)]
    [InlineData("other/b", "r", Errno.NoEnt)]
    [InlineData("todo/a", "rw", Errno.Success)]
    [InlineData("wo/k", "r", Errno.Access)]
    public async Task Control_OfAKey_NeedsWhatTheKeyNeeds(string path, string access, Errno expected)
    {
        await using var guest = await CreateAsync();

        var rights = access switch { "r" => Rights.FdRead, "w" => Rights.FdWrite, _ => ReadWrite };
        (await OpenAsync(guest, path, OpenFlags.None, rights)).Error.Should().Be(expected);
        guest.Failures.Should().BeEmpty();
    }

    [Fact]
    public async Task Listings_ShowWhatIsGranted()
    {
        await using var guest = await CreateAsync();

        (await ListAsync(guest, string.Empty)).Should().BeEquivalentTo("todo", "ro", "wo");
        (await ListAsync(guest, ".meta")).Should().BeEquivalentTo("todo", "ro", "wo");
        (await ListAsync(guest, "todo")).Should().BeEquivalentTo("a");
        (await ListAsync(guest, ".meta/todo")).Should().BeEquivalentTo("a");
        (await guest.OnPathAsync("path_create_directory", Of(".tx/t"))).Should().Be(Errno.Success);
        (await ListAsync(guest, ".tx/t")).Should().BeEquivalentTo("todo", "ro", "wo");
        (await ListAsync(guest, ".tx/t/todo")).Should().BeEquivalentTo("a");
    }

    [Fact]
    public async Task Watch_OfADirectory_TellsNothingOfKeysThatMayNotBeRead()
    {
        await using var guest = await CreateAsync();
        var (error, number) = await OpenAsync(guest, ".watch/todo", OpenFlags.None, Rights.FdRead);
        error.Should().Be(Errno.Success);
        await PutAsync("todo/hidden/x", "todo/hidden/y", "todolist/x", "todo/a", "todo/hidden/z", "todo/b");

        var (_, text) = await guest.ReadAsync(number);
        if (!text.Contains("todo/b", StringComparison.Ordinal)) text += (await guest.ReadAsync(number)).Text;
        text.Should().Contain("todo/a").And.Contain("todo/b").And.NotContain("hidden").And.NotContain("todolist");
    }

    [Fact]
    public async Task Transaction_GivesNoRightThatTheKeysDoNotHave()
    {
        await using var guest = await CreateAsync();
        (await guest.OnPathAsync("path_create_directory", Of(".tx/t"))).Should().Be(Errno.Success);

        (await OpenAsync(guest, ".tx/t/other/b", OpenFlags.None, Rights.FdRead)).Error.Should().Be(Errno.NoEnt);
        (await OpenAsync(guest, ".tx/t/todo/hidden/x", OpenFlags.None, Rights.FdRead)).Error.Should().Be(Errno.NoEnt);
        (await OpenAsync(guest, ".tx/t/ro/k", OpenFlags.None, Rights.FdWrite)).Error.Should().Be(Errno.Access);
        (await OpenAsync(guest, ".tx/t/ro/new", OpenFlags.Create, Rights.FdWrite)).Error.Should().Be(Errno.Access);
        (await OpenAsync(guest, ".tx/t/new", OpenFlags.Create, Rights.FdWrite)).Error.Should().Be(Errno.NoEnt);
        (await guest.OnPathAsync("path_unlink_file", Of(".tx/t/wo/k"))).Should().Be(Errno.Access);
        (await guest.RenameAsync(Of(".tx/t/todo/a"), Of(".tx/t/ro/a"))).Should().Be(Errno.Access);
        (await guest.RenameAsync(Of(".tx/t/todo"), Of(".tx/t/other"))).Should().Be(Errno.NoEnt);
        (await guest.RenameAsync(Of(".tx/t/todo"), Of(".tx/t/todo2"))).Should().Be(Errno.NoEnt);
        (await guest.RenameAsync(Of(".tx/t"), Of("todo/t"))).Should().NotBe(Errno.Success);

        var (error, number) = await OpenAsync(guest, ".tx/t/todo/new", OpenFlags.Create, Rights.FdWrite);
        error.Should().Be(Errno.Success);
        (await guest.WriteAsync(number, "x")).Should().Be(Errno.Success);
        (await guest.CallAsync("fd_close", number)).Should().Be(Errno.Success);
        (await guest.RenameAsync(Of(".tx/t"), Of(".tx/commit"))).Should().Be(Errno.Success);
        (await _backend.GetAsync("todo/new", 10, default)).Should().NotBeNull();
    }

    [Fact]
    public async Task Keys_CannotBeMovedOrLinkedToWhereMoreIsAllowed()
    {
        await using var guest = await CreateAsync();

        (await guest.RenameAsync(Of("wo/k"), Of("todo/k"))).Should().Be(Errno.Access);
        (await guest.RenameAsync(Of("todo"), Of("todo2"))).Should().NotBe(Errno.Success);
        (await guest.RenameAsync(Of("todo/hidden"), Of("todo/seen"))).Should().Be(Errno.NoEnt);
        (await guest.RenameAsync(Of("todo/a"), Of("todo/hidden"))).Should().Be(Errno.NoEnt);
        (await guest.LinkAsync(Of("wo/k"), Of("todo/k"))).Should().NotBe(Errno.Success);
        (await _backend.GetAsync("todo/hidden/x", 10, default)).Should().NotBeNull();
    }

    [Theory]
    [InlineData("/beta/kv/local rwc")]
    [InlineData("/beta/kv/local/b r")]
    public async Task ControlName_ThatALineTakes_IsNotThere(string line)
    {
        await FillAsync();
        var policy = GuestPolicy.Parse(line + "\n/beta/kv/local/.tx -\n");
        await using var guest = PathGuest.Create(Table(), policy);

        (await guest.OnPathAsync("path_create_directory", Of(".tx/t"))).Should().Be(Errno.NoEnt);
        (await OpenAsync(guest, ".meta/b", OpenFlags.None, Rights.FdRead)).Error.Should().Be(Errno.Success);
    }

    private static byte[] Of(string path) => Encoding.UTF8.GetBytes(Scope + path);

    private static Task<(Errno Error, uint Number)> OpenAsync(PathGuest guest, string path, OpenFlags flags, Rights rights) =>
        guest.OpenAsync(Of(path), flags, rights, follow: true);

    private static async Task<IEnumerable<string>> ListAsync(PathGuest guest, string path)
    {
        var (error, number) = await OpenAsync(guest, path + "/.", OpenFlags.Directory, Rights.FdReaddir);
        error.Should().Be(Errno.Success, path);
        var (listed, names) = await guest.ListNamesAsync(number);
        listed.Should().Be(Errno.Success, path);
        return names.Where(name => name is not "." and not "..");
    }

    private MountTable Table() => new([("/beta/kv/local", FileAccess.ReadWrite, new KeyValueMount(_backend))]);

    private async Task<PathGuest> CreateAsync()
    {
        await FillAsync();
        return PathGuest.Create(Table(), GuestPolicy.Parse(Policy));
    }

    private Task FillAsync() => PutAsync(s_keys);

    private async Task PutAsync(params string[] keys)
    {
        foreach (var key in keys)
            await _backend.CommitAsync(new KeyValueBatch(KeyValueOperation.Put(key, Encoding.UTF8.GetBytes(Secret))), default);
    }
}
