using FluentAssertions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Authority.Audit;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Secrets;
using WasiCloud.Embedding.Secrets.Files;
using WasiCloud.Embedding.Tests.Authority;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.Secrets.Files;

/// <summary>A guest that uses secrets by WASI calls, below <c>/extra</c>.</summary>
public sealed class SecretFileTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly MemorySecretSource _source;
    private readonly RecordingAudit _audit = new();
    private readonly SecretStore _store;
    private readonly AbiGuest _guest;

    public SecretFileTests()
    {
        _source = new MemorySecretSource(_time);
        _store = SecretSources.StoreOf(new SecretOptions { MaxSecretsPerInvocation = 2, MaxSecretBytes = 100 }, _source);
        var audit = new AuditTrail([_audit], Options.Create(new WasiCloudOptions()), _time);
        _guest = NewGuest(new SecretMount(_store, audit));
        _source.Set("key", "a value"u8);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _guest.DisposeAsync();
        _store.Buffers.Idle.SelectMany(buffer => buffer).Should().NotContain(value => value != 0);
    }

    [Fact]
    public async Task Read_AfterTheSecretChanged_GivesTheValueAsOfTheOpen()
    {
        var file = await _guest.OpenAsync("extra/key");
        _source.Set("key", "another"u8);
        var other = await _guest.OpenAsync("extra/key");
        _source.Remove("key");

        (await _guest.ReadAsync(file, 2)).Should().Be((Errno.Success, "a "));
        (await _guest.ReadAsync(file)).Should().Be((Errno.Success, "value"));
        (await _guest.ReadAsync(file)).Should().Be((Errno.Success, ""));
        (await _guest.ReadAsync(other)).Should().Be((Errno.Success, "another"));
        (await _guest.TryOpenAsync("extra/key")).Error.Should().Be(Errno.NoEnt);
        (await _guest.SeekAsync(file, 2, 0)).Error.Should().Be(Errno.Success);
        (await _guest.ReadAsync(file)).Should().Be((Errno.Success, "value"));
    }

    [Fact]
    public async Task Status_OfASecret_TellsItsSizeAndWhenItWasSet()
    {
        var expected = UnixTime.ToNanoseconds(_time.GetUtcNow());
        _time.Advance(TimeSpan.FromHours(1));

        var (error, status) = await _guest.StatusAsync("extra/key");
        (error, status.Size, status.Modified, status.Type).Should().Be((Errno.Success, 7ul, expected, FileType.RegularFile));
        var open = await _guest.StatusAsync(await _guest.OpenAsync("extra/key"));
        (open.Size, open.Modified).Should().Be((7ul, expected));
    }

    [Fact]
    public async Task Open_ForReading_IsToldToTheAudit()
    {
        (await _guest.StatusAsync("extra/key")).Error.Should().Be(Errno.Success);
        (await _guest.TryOpenAsync("extra/other")).Error.Should().Be(Errno.NoEnt);
        _audit.Entries.Should().BeEmpty();

        await _guest.OpenAsync("extra/key");

        _audit.Entries.Should().Equal(
            new GuestAuditEntry(GuestAuditKind.SecretRead, string.Empty, Tenant: null, "test", "/beta/secrets/key", _time.GetUtcNow()));
    }

    [Theory]
    [InlineData("key", OpenFlags.None, Rights.FdWrite)]
    [InlineData("key", OpenFlags.None, Rights.FdRead | Rights.FdWrite)]
    [InlineData("key", OpenFlags.Truncate, Rights.FdRead)]
    [InlineData("new", OpenFlags.Create, Rights.FdWrite)]
    [InlineData("new", OpenFlags.Create, Rights.FdRead)]
    internal async Task Open_ForWriting_IsReadOnly(string name, OpenFlags flags, Rights rights)
    {
        (await _guest.TryOpenAsync("extra/" + name, flags, rights)).Error.Should().Be(Errno.RoFs);

        _audit.Entries.Should().BeEmpty();
        (await _guest.TryOpenAsync("extra/key")).Error.Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Change_OfAnyKind_IsReadOnly()
    {
        (await _guest.UnlinkAsync("extra/key")).Should().Be(Errno.RoFs);
        (await _guest.MakeDirectoryAsync("extra/new")).Should().Be(Errno.RoFs);
        (await _guest.RenameAsync("extra/key", "extra/new")).Should().Be(Errno.RoFs);
        (await _guest.SymlinkAsync("key", "extra/new")).Should().Be(Errno.RoFs);
    }

    [Theory]
    [InlineData("extra/.key", Errno.NoEnt)]
    [InlineData("extra/key/", Errno.NotDir)]
    [InlineData("extra/key/x", Errno.NotDir)]
    [InlineData("extra/other/x", Errno.NoEnt)]
    [InlineData("extra/%2e%2e%2fkey", Errno.NoEnt)]
    [InlineData("extra/..%2fkey", Errno.NoEnt)]
    [InlineData("extra/ke\0y", Errno.Inval)]
    public async Task Open_AHostileName_IsRefused(string path, Errno expected) => (await _guest.TryOpenAsync(path)).Error.Should().Be(expected);

    [Fact]
    public async Task Open_ALongName_IsRefused()
    {
        (await _guest.TryOpenAsync("extra/" + new string('a', 255))).Error.Should().Be(Errno.NoEnt);
        (await _guest.TryOpenAsync("extra/" + new string('a', 256))).Error.Should().Be(Errno.NameTooLong);
    }

    [Fact]
    public async Task Open_OneSecretTooMany_IsMFile()
    {
        foreach (var name in new[] { "second", "third" }) _source.Set(name, "value"u8);
        foreach (var name in new[] { "key", "second", "key" }) await _guest.CloseAsync(await _guest.OpenAsync("extra/" + name));

        (await _guest.TryOpenAsync("extra/third")).Error.Should().Be(Errno.MFile);
        (await _guest.StatusAsync("extra/third")).Error.Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Open_AValueThatIsTooLong_IsFBig()
    {
        _source.Set("long", new byte[101]);

        (await _guest.TryOpenAsync("extra/long")).Error.Should().Be(Errno.FBig);
        _guest.Diagnostics.Entries.Should().BeEmpty();
    }

    private AbiGuest NewGuest(SecretMount mount) => new(HalfMode.Synchronous, extra: mount, extraAccess: FileAccess.Read, time: _time);
}
