using System.Diagnostics;
using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Devices;
using WasiCloud.Embedding.Mounts.HostDirectory;
using WasiCloud.Embedding.Tests.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.HostDirectory;

/// <summary>
/// Character devices below a folder of the host, as a copy of a root file system has them. The host's own <c>/dev</c> is one that every machine has.
/// </summary>
public sealed class HostDeviceTests : IDisposable
{
    private const Rights Both = Rights.FdRead | Rights.FdWrite;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    // open(2): a device of a read-only file system can be written to.
    [Theory]
    [InlineData("null", FileAccess.ReadWrite, 0, Errno.Success)]
    [InlineData("zero", FileAccess.ReadWrite, 1, Errno.Success)]
    [InlineData("full", FileAccess.ReadWrite, 1, Errno.NoSpc)]
    [InlineData("random", FileAccess.ReadWrite, 1, Errno.Success)]
    [InlineData("urandom", FileAccess.ReadWrite, 1, Errno.Success)]
    [InlineData("null", FileAccess.Read, 0, Errno.Success)]
    [InlineData("full", FileAccess.Read, 1, Errno.NoSpc)]
    public async Task HarmlessDevice_IsOursAndReadsAndWritesAsOnLinux(string name, FileAccess access, int readable, Errno written)
    {
        await using var guest = NewGuest("/dev", access);
        foreach (var flags in new[] { DescriptorFlags.None, DescriptorFlags.Append, DescriptorFlags.NonBlocking })
        {
            var number = await guest.OpenAsync("extra/" + name, OpenFlags.Create | OpenFlags.Truncate, Both, flags);
            (await guest.ReadAsync(number, length: 1)).Text.Should().HaveLength(readable);
            (await guest.WriteAsync(number, "hello")).Should().Be((written, written == Errno.Success ? 5u : 0));
            (await guest.StatusAsync(number)).Should().Match<GuestStatus>(status => status.Type == FileType.CharacterDevice && status.Size == 0);
            (await guest.DescriptorStatusAsync(number)).Type.Should().Be((byte)FileType.CharacterDevice);
            (await guest.SeekAsync(number, 0, whence: 0)).Error.Should().Be(Errno.Success, "a device that cannot seek passes for a terminal");
            (await guest.CallAsync("fd_filestat_set_size", number, 0)).Should().Be(Errno.Inval);
            (await guest.CloseAsync(number)).Should().Be(Errno.Success);
        }
    }

    [Fact]
    public async Task HarmlessDevice_IsNotTheHosts()
    {
        var root = await new HostDirectoryMount("/dev", FileAccess.Read).AttachAsync(new InvocationContext { Id = "test" }, default);
        var file = (VirtualFile)(await root.LookupAsync("null", default)).Value!;
        (await file.OpenAsync(new(FileAccess.ReadWrite), default)).Value.Should().BeAssignableTo<DeviceHandle>();
    }

    [Fact]
    public async Task HarmlessDevice_IsFoundAsAnyFileIs()
    {
        await using var guest = NewGuest("/dev", FileAccess.Read);
        var (error, status) = await guest.StatusAsync("extra/null");

        error.Should().Be(Errno.Success);
        status.Inode.Should().NotBe(0);
        status.Should().Be(await guest.StatusAsync(await guest.OpenAsync("extra/null")));
        (await guest.TryOpenAsync("extra/null", OpenFlags.Directory)).Error.Should().Be(Errno.NotDir);
        (await guest.TryOpenAsync("extra/null/")).Error.Should().Be(Errno.NotDir);
        (await guest.TryOpenAsync("extra/null", OpenFlags.Create | OpenFlags.Exclusive, Both)).Error.Should().Be(Errno.Exist);
        (await guest.UnlinkAsync("extra/null")).Should().Be(Errno.RoFs);
    }

    [Fact]
    public async Task HarmlessDevice_WithoutTheAccess_IsBadF()
    {
        await using var guest = NewGuest("/dev", FileAccess.Read);
        (await guest.WriteAsync(await guest.OpenAsync("extra/null", rights: Rights.FdRead), "x")).Error.Should().Be(Errno.BadF);
        (await guest.ReadAsync(await guest.OpenAsync("extra/zero", rights: Rights.FdWrite))).Error.Should().Be(Errno.BadF);
    }

    // /dev/tty is 5:0, /dev/ptmx 5:2.
    [Theory]
    [InlineData("tty")]
    [InlineData("ptmx")]
    public async Task OtherDevice_IsListedAndNotOpened(string name)
    {
        await using var guest = NewGuest("/dev", FileAccess.ReadWrite);

        // In a container it may be a link to another device, which is the same to this test.
        (await guest.StatusAsync("extra/" + name, follow: true)).Status.Type.Should().Be(FileType.CharacterDevice);
        (await guest.TryOpenAsync("extra/" + name, rights: Rights.FdRead, follow: true)).Error.Should().Be(Errno.Access);
        (await guest.TryOpenAsync("extra/" + name, rights: Both, follow: true)).Error.Should().Be(Errno.Access);
    }

    [MakeDeviceFact]
    public async Task Device_IsKnownByItsNumberAndNotByItsName()
    {
        foreach (var (name, minor) in new[] { ("anything", 3), ("null", 5), ("zero", 1), ("port", 4), ("log", 11) })
            Run("mknod", "-m", "666", _directory[name], "c", "1", $"{minor}");
        Run("mknod", _directory["random"], "b", "1", "3");
        Directory.CreateDirectory(_directory["sub"]);
        File.CreateSymbolicLink(_directory["sub/link"], "../anything");
        await using var guest = NewGuest(_directory.Path, FileAccess.ReadWrite);

        var number = await guest.OpenAsync("extra/sub/link", OpenFlags.Truncate, Both, follow: true);
        (await guest.WriteAsync(number, "gone")).Should().Be((Errno.Success, 4u));
        (await guest.ReadAsync(number)).Should().Be((Errno.Success, string.Empty));
        (await guest.ReadAsync(await guest.OpenAsync("extra/null"), length: 3)).Should().Be((Errno.Success, "\0\0\0"));
        foreach (var name in new[] { "zero", "port", "log", "random" })
            (await guest.TryOpenAsync("extra/" + name)).Error.Should().Be(Errno.Access, "of {0}", name);
        (await guest.UnlinkAsync("extra/anything")).Should().Be(Errno.Success);
        File.Exists(_directory["anything"]).Should().BeFalse();
    }

    [Theory]
    [InlineData(1, 3, DeviceKind.Null)]
    [InlineData(1, 5, DeviceKind.Zero)]
    [InlineData(1, 7, DeviceKind.Full)]
    [InlineData(1, 8, DeviceKind.Random)]
    [InlineData(1, 9, DeviceKind.Urandom)]
    [InlineData(1, 1, null)] // /dev/mem
    [InlineData(1, 4, null)] // /dev/port
    [InlineData(1, 11, null)] // /dev/kmsg
    [InlineData(2, 3, null)]
    [InlineData(0, 3, null)]
    public void Kind_IsThatOfTheNumber(int major, int minor, object? expected) => DeviceKinds.Of((uint)major, (uint)minor).Should().Be((DeviceKind?)expected);

    private static AbiGuest NewGuest(string path, FileAccess access) =>
        new(HalfMode.Synchronous, extra: new HostDirectoryMount(path, access), extraAccess: access);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        process.ExitCode.Should().Be(0);
    }
}
