using System.Reflection;
using System.Security.Cryptography;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Hosting.Modules;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Modules;

public sealed class PinnedModuleTests : IAsyncTest
{
    private const string Resource = "WasiCloud.Embedding.Tests.empty.wasm";

    private readonly ModuleFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly TestHost _host;

    public PinnedModuleTests() => _host = new TestHost(options => options.MaxModuleBytes = 1 << 20, time: _time);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LoadAsync_OfThePinnedBytes_LoadsThemInEitherCase(bool isUpper)
    {
        var (wasm, checksum) = (ModuleFolder.Module(1), ChecksumOf(ModuleFolder.Module(1)));

        using var module = await _host.Host.LoadAsync(wasm, "pinned", Pin(isUpper ? checksum.ToUpperInvariant() : checksum));

        module.Name.Should().Be("pinned");
    }

    [Theory]
    [InlineData("bytes")]
    [InlineData("stream")]
    [InlineData("file")]
    [InlineData("resource")]
    [InlineData("source of bytes")]
    [InlineData("source of a file")]
    [InlineData("source of a resource")]
    public async Task LoadAsync_OfOtherBytes_NamesBothChecksums(string from)
    {
        var (wasm, pinned) = (ModuleFolder.Module(1), ChecksumOf(ModuleFolder.Module(2)));
        _folder.Write(1);

        var load = () => LoadAsync(from, wasm, Pin(pinned));

        var found = from.EndsWith("resource", StringComparison.Ordinal) ? ChecksumOf(TestHost.ReadGuest("empty")) : ChecksumOf(wasm);
        await load.Should().ThrowAsync<InvalidGuestModuleException>().WithMessage($"*{found}*{pinned}*");
    }

    // Nothing of what was not meant is read: what is no module at all is refused by its checksum.
    [Fact]
    public async Task LoadAsync_OfWhatIsNoModule_IsRefusedByItsChecksumFirst()
    {
        var load = () => _host.Host.LoadAsync("text"u8.ToArray(), "text", Pin(new string('a', 64))).AsTask();

        await load.Should().ThrowAsync<InvalidGuestModuleException>().WithMessage("*SHA-256*");
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("g234567890123456789012345678901234567890123456789012345678901234")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    [InlineData("١234567890123456789012345678901234567890123456789012345678901234")]
    public async Task LoadAsync_WithWhatIsNoChecksum_NamesTheOption(string pinned)
    {
        var load = () => _host.Host.LoadAsync(ModuleFolder.Module(1), "guest", Pin(pinned)).AsTask();

        (await load.Should().ThrowAsync<ArgumentException>().WithMessage("GuestModuleOptions.Sha256 is *")).WithParameterName("options");
    }

    [Fact]
    public async Task Source_ReplacedByOtherBytes_ServesThePinnedOnesAndSaysSo()
    {
        _folder.Write(1);
        await using var source = GuestModuleSource.File(_folder.Path, reload: true, Pin(ChecksumOf(ModuleFolder.Module(1))));
        await _host.Host.OpenAsync(source);

        _folder.Write(2);
        for (var look = 0; source.LastFailure is null; look++)
        {
            look.Should().BeLessThan(10_000);
            _time.Advance(FileFollower.SettleTime);
            await Task.Delay(1);
        }

        source.LastFailure.Should().BeOfType<InvalidGuestModuleException>().Which.Message.Should().Contain(ChecksumOf(ModuleFolder.Module(2)));
        (await SourceRun.RunAsync(_host, source)).Should().Be(1);
    }

    private static GuestModuleOptions Pin(string checksum) => new() { Sha256 = checksum };

    private static string ChecksumOf(byte[] wasm) => Convert.ToHexStringLower(SHA256.HashData(wasm));

    private async Task LoadAsync(string from, byte[] wasm, GuestModuleOptions options)
    {
        var assembly = Assembly.GetExecutingAssembly();
        using var module = from switch
        {
            "bytes" => await _host.Host.LoadAsync(wasm, "guest", options),
            "stream" => await _host.Host.LoadAsync(new MemoryStream(wasm), "guest", options),
            "file" => await _host.Host.LoadAsync(_folder.Path, options: options),
            "resource" => await _host.Host.LoadAsync(assembly, Resource, options: options),
            "source of bytes" => await OpenAsync(GuestModuleSource.Bytes(wasm, "guest", options)),
            "source of a file" => await OpenAsync(GuestModuleSource.File(_folder.Path, options: options)),
            _ => await OpenAsync(GuestModuleSource.Resource(assembly, Resource, options)),
        };
    }

    private async Task<GuestModule> OpenAsync(GuestModuleSource source)
    {
        await _host.Host.OpenAsync(source);
        return source.Module!;
    }
}
