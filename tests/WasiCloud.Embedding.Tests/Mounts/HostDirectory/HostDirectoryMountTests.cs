using System.Buffers;
using System.Diagnostics;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.HostDirectory;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.HostDirectory;

public sealed class HostDirectoryMountTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Constructor_BadArguments_SaysWhatIsWrong()
    {
        File.WriteAllText(_directory["file"], "");

        FluentActions.Invoking(static () => new HostDirectoryMount("", FileAccess.Read)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new HostDirectoryMount(_directory.Path, FileAccess.Write)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new HostDirectoryMount(_directory["missing"], FileAccess.Read)).Should().Throw<DirectoryNotFoundException>()
            .WithMessage("*missing*");
        FluentActions.Invoking(() => new HostDirectoryMount(_directory["file"], FileAccess.Read)).Should().Throw<DirectoryNotFoundException>()
            .WithMessage("*file*");
    }

    [Fact]
    public async Task ReadOnly_EveryChange_IsRoFs()
    {
        await File.WriteAllTextAsync(_directory["file"], "content");
        Directory.CreateDirectory(_directory["directory"]);
        var root = await AttachAsync(FileAccess.Read);
        var file = (VirtualFile)(await root.LookupAsync("file", default)).Value!;

        (await root.CreateFileAsync("new", exclusive: true, default)).Error.Should().Be(Errno.RoFs);
        (await root.CreateDirectoryAsync("new", default)).Should().Be(Errno.RoFs);
        (await root.CreateSymlinkAsync("new", "target", default)).Should().Be(Errno.RoFs);
        (await root.LinkAsync(file, "new", default)).Should().Be(Errno.RoFs);
        (await root.RemoveFileAsync("file", default)).Should().Be(Errno.RoFs);
        (await root.RemoveDirectoryAsync("directory", default)).Should().Be(Errno.RoFs);
        (await root.RenameAsync("file", root, "new", default)).Should().Be(Errno.RoFs);
        (await file.SetAttributesAsync(new AttributeChanges(1, 1), default)).Should().Be(Errno.RoFs);
        (await root.SetAttributesAsync(new AttributeChanges(1, 1), default)).Should().Be(Errno.RoFs);
        (await file.OpenAsync(new(FileAccess.Write), default)).Error.Should().Be(Errno.RoFs);
        (await file.OpenAsync(new(FileAccess.ReadWrite), default)).Error.Should().Be(Errno.RoFs);
        (await file.OpenAsync(new(FileAccess.Read, Truncate: true), default)).Error.Should().Be(Errno.RoFs);
        (await File.ReadAllTextAsync(_directory["file"])).Should().Be("content");
    }

    [Fact]
    public async Task ReadOnly_Reading_Works()
    {
        await File.WriteAllTextAsync(_directory["file"], "content");
        var root = await AttachAsync(FileAccess.Read);
        var handle = (await ((VirtualFile)(await root.LookupAsync("file", default)).Value!).OpenAsync(new(FileAccess.Read), default)).Value!;

        (await handle.ReadAsync(new byte[16], 0, default)).Value.Should().Be(7);
        (await handle.SetSizeAsync(0, default)).Should().Be(Errno.Inval);
        (await handle.GetAttributesAsync(default)).Value.Size.Should().Be(7);
        await handle.CloseAsync(CloseReason.Closed, default);
    }

    [Fact]
    public async Task SpecialFiles_HaveAttributesButDoNotOpenOrBlock()
    {
        await RunAsync("mkfifo \"$1/fifo\"");
        using var socket = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(_directory["socket"]));
        var root = await AttachAsync(FileAccess.ReadWrite);

        foreach (var (name, type) in new[] { ("fifo", FileType.Unknown), ("socket", FileType.SocketStream) })
        {
            var file = (await root.LookupAsync(name, default)).Value.Should().BeAssignableTo<VirtualFile>().Subject;
            file.Type.Should().Be(type);
            (await file.GetAttributesAsync(default)).Value.LinkCount.Should().Be(1);
            (await file.OpenAsync(new(FileAccess.Read), default)).Error.Should().Be(Errno.Access);
            (await file.OpenAsync(new(FileAccess.ReadWrite), default)).Error.Should().Be(Errno.Access);
            (await root.RemoveFileAsync(name, default)).Should().Be(Errno.Success);
        }
    }

    [Fact]
    public async Task Root_RenamedOnTheHost_IsServedStill()
    {
        Directory.CreateDirectory(_directory["before"]);
        await File.WriteAllTextAsync(_directory["before/file"], "content");
        var mount = new HostDirectoryMount(_directory["before"], FileAccess.ReadWrite);
        Directory.Move(_directory["before"], _directory["after"]);

        var root = await mount.AttachAsync(new InvocationContext { Id = "test" }, default);
        (await root.LookupAsync("file", default)).Error.Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Root_Released_ServesTheNextInvocation()
    {
        var mount = new HostDirectoryMount(_directory.Path, FileAccess.ReadWrite);
        (await mount.AttachAsync(new InvocationContext { Id = "1" }, default)).Release();

        var root = await mount.AttachAsync(new InvocationContext { Id = "2" }, default);
        (await root.CreateDirectoryAsync("d", default)).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Names_ThatAreNotUtf8_AreListedWithTheirBytes()
    {
        await RunAsync("cd \"$1\" && touch \"$(printf 'bad\\377')\" good");
        var names = new List<string>();
        await foreach (var entry in (await AttachAsync(FileAccess.Read)).EnumerateAsync(default)) names.Add(entry.Name);

        await RunAsync("cd \"$1\" && rm bad*"); // .NET cannot
        names.Should().BeEquivalentTo("good", "bad\uefff");
    }

    [Fact]
    public async Task Rename_BetweenMounts_IsXDev()
    {
        var (first, second) = (await AttachAsync(FileAccess.ReadWrite), await AttachAsync(FileAccess.ReadWrite));
        var file = (await first.CreateFileAsync("file", exclusive: true, default)).Value!;

        (await first.RenameAsync("file", second, "other", default)).Should().Be(Errno.XDev);
        (await second.LinkAsync(file, "other", default)).Should().Be(Errno.XDev);
    }

    [Fact]
    public async Task Write_SeenByTheHost_AndTheReverse()
    {
        var root = await AttachAsync(FileAccess.ReadWrite);
        var file = (await root.CreateFileAsync("file", exclusive: true, default)).Value!;
        var handle = (await file.OpenAsync(new(FileAccess.ReadWrite), default)).Value!;
        await handle.WriteAsync(new ReadOnlySequence<byte>("guest"u8.ToArray()), 0, default);
        (await File.ReadAllTextAsync(_directory["file"])).Should().Be("guest");

        await File.AppendAllTextAsync(_directory["file"], " host");
        (await handle.GetAttributesAsync(default)).Value.Size.Should().Be(10);
        await handle.CloseAsync(CloseReason.Closed, default);
        file.Release();
    }

    [Theory]
    [InlineData(0, Errno.Success)]
    [InlineData(2, Errno.NoEnt)]
    [InlineData(13, Errno.Access)]
    [InlineData(24, Errno.NFile)]
    [InlineData(39, Errno.NotEmpty)]
    [InlineData(40, Errno.Loop)]
    [InlineData(122, Errno.DQuot)]
    [InlineData(9999, Errno.IO)]
    public void Errno_OfLinux_MapsToWasi(int number, Errno expected) => LinuxErrno.ToWasi(number).Should().Be(expected);

    private async Task RunAsync(string script)
    {
        using var process = Process.Start("sh", ["-c", script, "sh", _directory.Path]);
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0);
    }

    private async Task<VirtualDirectory> AttachAsync(FileAccess access) =>
        await new HostDirectoryMount(_directory.Path, access).AttachAsync(new InvocationContext { Id = "test" }, default);
}
