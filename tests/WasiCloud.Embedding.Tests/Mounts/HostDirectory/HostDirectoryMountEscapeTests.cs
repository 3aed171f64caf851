using System.Buffers;
using System.Runtime.InteropServices;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.HostDirectory;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.HostDirectory;

/// <summary>Tries to get out of the directory. The tree is <c>inside/</c>, and <c>outside/secret</c> beside it must stay as it is.</summary>
public sealed partial class HostDirectoryMountEscapeTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _inside;
    private readonly string _outside;

    public HostDirectoryMountEscapeTests()
    {
        (_inside, _outside) = (_directory["inside"], _directory["outside"]);
        Directory.CreateDirectory(_inside);
        Directory.CreateDirectory(_outside);
        File.WriteAllText(Path.Combine(_outside, "secret"), "secret");
    }

    public void Dispose()
    {
        var names = Directory.GetFileSystemEntries(_outside).Select(Path.GetFileName).ToArray();
        var secret = File.ReadAllText(Path.Combine(_outside, "secret"));
        _directory.Dispose();
        names.Should().Equal("secret");
        secret.Should().Be("secret");
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/etc")]
    [InlineData("../outside/secret")]
    [InlineData("directory/..")]
    [InlineData("directory/../../outside")]
    [InlineData("directory\0/../..")]
    public async Task Names_ThatAreNoComponents_AreRefusedByEveryMember(string name)
    {
        // The walker above never passes such names; the mount does not rely on it.
        var root = await AttachAsync();
        await root.CreateDirectoryAsync("directory", default);
        var file = (await root.CreateFileAsync("file", exclusive: true, default)).Value!;

        (await root.LookupAsync(name, default)).Error.Should().Be(Errno.Inval);
        (await root.TraverseAsync(name, default)).Error.Should().Be(Errno.Inval);
        root.TryGetStatus(name, out var status).Should().BeTrue();
        status.Error.Should().Be(Errno.Inval);
        (await root.CreateFileAsync(name, exclusive: false, default)).Error.Should().Be(Errno.Inval);
        (await root.CreateDirectoryAsync(name, default)).Should().Be(Errno.Inval);
        (await root.CreateSymlinkAsync(name, "target", default)).Should().Be(Errno.Inval);
        (await root.LinkAsync(file, name, default)).Should().Be(Errno.Inval);
        (await root.RemoveFileAsync(name, default)).Should().Be(Errno.Inval);
        (await root.RemoveDirectoryAsync(name, default)).Should().Be(Errno.Inval);
        (await root.RenameAsync(name, root, "renamed", default)).Should().Be(Errno.Inval);
        (await root.RenameAsync("file", root, name, default)).Should().Be(Errno.Inval);
        Directory.GetFileSystemEntries(_inside).Should().HaveCount(2);
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("../outside/secret")]
    [InlineData("/")]
    [InlineData("/proc/self/root")]
    public async Task Lookup_SymlinkToOutside_IsTheLinkItself(string target)
    {
        File.CreateSymbolicLink(Path.Combine(_inside, "link"), target);
        var root = await AttachAsync();

        foreach (var node in new[] { (await root.LookupAsync("link", default)).Value, (await root.TraverseAsync("link", default)).Value })
        {
            node.Should().BeAssignableTo<VirtualSymlink>();
            (await ((VirtualSymlink)node!).ReadTargetAsync(default)).Value.Should().Be(target);
        }

        root.TryGetStatus("link", out var status).Should().BeTrue();
        status.Value.Type.Should().Be(FileType.SymbolicLink);
        status.Value.Attributes.Size.Should().Be((ulong)target.Length);
    }

    [Fact]
    public async Task Members_OnNameThatIsSymlinkToOutside_TouchOnlyTheLink()
    {
        File.CreateSymbolicLink(Path.Combine(_inside, "link"), "../outside/secret");
        File.CreateSymbolicLink(Path.Combine(_inside, "dangling"), "../outside/new");
        var root = await AttachAsync();

        (await root.CreateFileAsync("link", exclusive: false, default)).Error.Should().Be(Errno.Exist);
        (await root.CreateFileAsync("dangling", exclusive: false, default)).Error.Should().Be(Errno.Exist);
        (await root.CreateDirectoryAsync("dangling", default)).Should().Be(Errno.Exist);
        var link = (await root.LookupAsync("link", default)).Value!;
        var written = File.GetLastWriteTimeUtc(Path.Combine(_outside, "secret"));
        (await link.SetAttributesAsync(new AttributeChanges(1, 1), default)).Should().Be(Errno.Success);
        File.GetLastWriteTimeUtc(Path.Combine(_outside, "secret")).Should().Be(written);
        (await root.LinkAsync(link, "hard", default)).Should().Be(Errno.Success);
        (await root.LookupAsync("hard", default)).Value.Should().BeAssignableTo<VirtualSymlink>();
        (await root.RemoveFileAsync("link", default)).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Lookup_MagicLink_IsASymbolicLinkLikeAnyOther()
    {
        var root = await AttachAsync("/proc/self");

        foreach (var name in new[] { "cwd", "root", "exe" })
        {
            (await root.LookupAsync(name, default)).Value.Should().BeAssignableTo<VirtualSymlink>();
        }

        var descriptors = (VirtualDirectory)(await root.LookupAsync("fd", default)).Value!;
        await foreach (var entry in descriptors.EnumerateAsync(default)) entry.Type.Should().Be(FileType.SymbolicLink);
    }

    [Fact]
    public async Task Race_DirectorySwappedForSymlink_NeverLeadsOut()
    {
        const int rounds = 2000;
        var (real, link, name) = (_directory["real"], _directory["swap"], Path.Combine(_inside, "name"));
        Directory.CreateDirectory(name);
        await File.WriteAllTextAsync(Path.Combine(name, "secret"), "inner");
        File.CreateSymbolicLink(link, _outside);
        var root = await AttachAsync();

        // An attacker with the host's help: "name" is a directory, then a link to outside, again and again.
        using var stop = new CancellationTokenSource();
        var swapper = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Rename(name, real);
                Rename(link, name);
                Rename(name, link);
                Rename(real, name);
            }
        });

        var (directories, links) = (0, 0);
        for (var round = 0; round < rounds || ((directories == 0 || links == 0) && round < 100 * rounds); round++)
        {
            var found = (await root.LookupAsync("name", default)).Value;
            if (found is VirtualSymlink) links++;
            if (found is VirtualDirectory directory)
            {
                directories++;
                await AttackAsync(directory);
            }

            found?.Release();
        }

        await stop.CancelAsync();
        await swapper;
        directories.Should().BePositive();
        links.Should().BePositive();
    }

    [Fact]
    public async Task Race_FileSwappedForSymlink_IsNeverWrittenThrough()
    {
        const int rounds = 2000;
        var (real, link, name) = (_directory["real"], _directory["swap"], Path.Combine(_inside, "name"));
        await File.WriteAllTextAsync(name, "inner");
        File.CreateSymbolicLink(link, Path.Combine(_outside, "secret"));
        var root = await AttachAsync();
        using var stop = new CancellationTokenSource();
        var swapper = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Rename(name, real);
                Rename(link, name);
                Rename(name, link);
                Rename(real, name);
            }
        });

        for (var round = 0; round < rounds; round++)
        {
            var found = (await root.LookupAsync("name", default)).Value;
            if (found is VirtualFile file)
            {
                var handle = (await file.OpenAsync(new(FileAccess.ReadWrite, Truncate: true), default)).Value!;
                (await handle.WriteAsync(new ReadOnlySequence<byte>("inner"u8.ToArray()), 0, default)).Value.Should().Be(5);
                await handle.CloseAsync(CloseReason.Closed, default);
            }

            found?.Release();
            var created = await root.CreateFileAsync("name", exclusive: false, default);
            if (created.TryGet(out var fresh)) fresh.Release();
        }

        await stop.CancelAsync();
        await swapper;
    }

    private static async Task AttackAsync(VirtualDirectory directory)
    {
        (await directory.CreateFileAsync("planted", exclusive: false, default)).Value?.Release();
        await directory.RemoveFileAsync("planted", default);
        var file = (await directory.LookupAsync("secret", default)).Value.Should().BeAssignableTo<VirtualFile>().Subject;
        var handle = (await file.OpenAsync(new(FileAccess.ReadWrite), default)).Value!;
        var buffer = new byte[16];
        var count = (await handle.ReadAsync(buffer, 0, default)).Value;
        System.Text.Encoding.ASCII.GetString(buffer, 0, count).Should().Be("inner");
        await handle.CloseAsync(CloseReason.Closed, default);
        file.Release();
    }

    // The renames of one round may fail when the guest's own get in between; the next round puts things right.
    private static void Rename(string from, string to) => _ = NativeRename(from, to);

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeRename(string from, string to);

    private async Task<VirtualDirectory> AttachAsync(string? path = null) =>
        await new HostDirectoryMount(path ?? _inside, FileAccess.ReadWrite).AttachAsync(new InvocationContext { Id = "test" }, default);
}
