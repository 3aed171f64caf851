using System.Diagnostics;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Modules;

public sealed class FolderModulesTests : IAsyncTest
{
    private readonly DirectoryInfo _outside = Directory.CreateTempSubdirectory("wasicloud-store-");
    private readonly string _root;
    private readonly TestHost _host;
    private readonly GuestModuleStore _store;

    public FolderModulesTests()
    {
        _root = Directory.CreateDirectory(Path.Combine(_outside.FullName, "root")).FullName;
        _host = new TestHost(build: builder => builder.AddModuleStore(_root));
        _store = _host.Services.GetRequiredService<GuestModuleStore>();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _outside.Delete(recursive: true);
    }

    [Theory]
    [InlineData("alice", "alice")]
    [InlineData("Alice", "%41lice")]
    [InlineData("..", "%2E%2E")]
    [InlineData("../root/alice", "%2E%2E%2Froot%2Falice")]
    [InlineData("/etc", "%2Fetc")]
    [InlineData("ü & %", "%C3%BC%20%26%20%25")]
    public async Task TryAcquire_OddTenant_HasAFolderOfItsOwn(string tenant, string folder)
    {
        Write(Path.Combine(_root, "alice", "x.wasm"), 1);
        Write(Path.Combine(_root, folder, "x.wasm"), 2);

        (await RunAsync(tenant)).Should().Be(2);
    }

    [Fact]
    public async Task TryAcquire_FileReplaced_ServesTheNewOne()
    {
        var path = Path.Combine(_root, "a", "x.wasm");
        Write(path, 1);
        (await RunAsync("a")).Should().Be(1);
        Write(path + ".new", 2);
        File.Move(path + ".new", path, overwrite: true);

        _store.Invalidate("a", "x");

        (await RunAsync("a")).Should().Be(2);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("folder")]
    public async Task TryAcquire_LinkOutOfTheRoot_IsRefused(string what)
    {
        Write(Path.Combine(_outside.FullName, "secret", "x.wasm"), 1);
        var folder = Path.Combine(_root, "a");
        if (what == "folder")
        {
            Directory.CreateSymbolicLink(folder, Path.Combine(_outside.FullName, "secret"));
        }
        else
        {
            Directory.CreateDirectory(folder);
            File.CreateSymbolicLink(Path.Combine(folder, "x.wasm"), "../../secret/x.wasm");
        }

        await FluentActions.Awaiting(() => _store.TryAcquireAsync("a", "x").AsTask()).Should().ThrowAsync<InvalidGuestModuleException>()
            .WithMessage("*link leads out*");
        await using var following = new TestHost(build: builder => builder.AddModuleStore(_root, followLinks: true));
        using var lease = await following.Services.GetRequiredService<GuestModuleStore>().TryAcquireAsync("a", "x");
        lease.Should().NotBeNull();
    }

    [Fact]
    public async Task TryAcquire_LinkWithinTheRoot_IsFollowed()
    {
        Write(Path.Combine(_root, "v1", "x.wasm"), 1);
        Directory.CreateSymbolicLink(Path.Combine(_root, "a"), "v1");

        (await RunAsync("a")).Should().Be(1);
    }

    [Theory]
    [InlineData("FIFO")]
    [InlineData("directory")]
    [InlineData("device")]
    public async Task TryAcquire_NoFile_IsRefusedAtOnce(string what)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(_root, "a")).FullName, "x.wasm");
        if (what == "directory") Directory.CreateDirectory(path);
        if (what == "device") File.CreateSymbolicLink(path, "/dev/zero");
        if (what == "FIFO") await Process.Start("mkfifo", [path]).WaitForExitAsync();

        await FluentActions.Awaiting(() => _store.TryAcquireAsync("a", "x").AsTask().WaitAsync(TestHost.Patience))
            .Should().ThrowAsync<InvalidGuestModuleException>().WithMessage("*not a module*");
    }

    private static void Write(string path, int version)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, ModuleFolder.Module(version));
    }

    private async Task<int> RunAsync(string tenant)
    {
        using var lease = await _store.TryAcquireAsync(tenant, "x");
        return await SourceRun.RunAsync(_host, lease!.Module);
    }
}
