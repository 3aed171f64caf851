using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Tests.Preview1;

public class PathNameTests
{
    [Theory, BothHalves]
    public async Task MakeDirectory_Names_FollowPosix(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        (await guest.MakeDirectoryAsync("dir/")).Should().Be(Errno.Success);
        guest.Trace.Lines[^1].Should().StartWith("path_create_directory(3, ").And.EndWith(", 4) = success");
        guest.ShouldHaveChangedOnly();
        (await guest.MakeDirectoryAsync("dir")).Should().Be(Errno.Exist);
        (await guest.MakeDirectoryAsync(".")).Should().Be(Errno.Exist);
        (await guest.MakeDirectoryAsync("dir/..")).Should().Be(Errno.Exist);
        (await guest.MakeDirectoryAsync("a/b")).Should().Be(Errno.NoEnt);
        (await guest.MakeDirectoryAsync("ro")).Should().Be(Errno.Exist);
        (await guest.MakeDirectoryAsync("ro/mount")).Should().Be(Errno.Exist);
        (await guest.MakeDirectoryAsync("ro/other")).Should().Be(Errno.RoFs);
        (await guest.MakeDirectoryAsync("dev/null")).Should().Be(Errno.Exist);
        (await guest.MakeDirectoryAsync("dev/new")).Should().Be(Errno.RoFs);
        (await guest.OnPathAsync("path_create_directory", "x", directory: 0)).Should().Be(Errno.NotDir);
        (await guest.OnPathAsync("path_create_directory", "x", directory: 99)).Should().Be(Errno.BadF);
    }

    [Theory, BothHalves]
    public async Task RemoveDirectory_Names_FollowPosix(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.MakeDirectoryAsync("dir");
        await guest.MakeDirectoryAsync("dir/nested");
        await guest.CreateAsync("file");
        await guest.SymlinkAsync("dir", "link");
        (await guest.RemoveDirectoryAsync("dir")).Should().Be(Errno.NotEmpty);
        (await guest.RemoveDirectoryAsync("dir/nested/.")).Should().Be(Errno.Inval);
        (await guest.RemoveDirectoryAsync("dir/nested/..")).Should().Be(Errno.NotEmpty);
        (await guest.RemoveDirectoryAsync("dir/nested/")).Should().Be(Errno.Success);
        (await guest.RemoveDirectoryAsync("file")).Should().Be(Errno.NotDir);
        (await guest.RemoveDirectoryAsync("file/")).Should().Be(Errno.NotDir);
        (await guest.RemoveDirectoryAsync("link")).Should().Be(Errno.NotDir);
        (await guest.RemoveDirectoryAsync("absent")).Should().Be(Errno.NoEnt);
        (await guest.RemoveDirectoryAsync("dev")).Should().Be(Errno.Busy);
        (await guest.RemoveDirectoryAsync("dir")).Should().Be(Errno.Success);
    }

    [Theory, BothHalves]
    public async Task RemoveDirectory_Open_LeavesTheDescriptorEmpty(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.MakeDirectoryAsync("dir");
        var dir = await guest.OpenAsync("dir");
        (await guest.RemoveDirectoryAsync("dir")).Should().Be(Errno.Success);
        (await guest.TryOpenAsync("new", Embedding.Descriptors.OpenFlags.Create, directory: dir)).Error.Should().Be(Errno.NoEnt);
        (await guest.StatusAsync(dir)).LinkCount.Should().Be(0);
    }

    [Theory, BothHalves]
    public async Task Unlink_Names_FollowPosix(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.MakeDirectoryAsync("dir");
        await guest.CreateAsync("file", "abc");
        await guest.SymlinkAsync("file", "link");
        var open = await guest.OpenAsync("file");
        (await guest.UnlinkAsync("dir")).Should().Be(Errno.IsDir);
        (await guest.UnlinkAsync("dir/")).Should().Be(Errno.IsDir);
        (await guest.UnlinkAsync(".")).Should().Be(Errno.IsDir);
        (await guest.UnlinkAsync("file/")).Should().Be(Errno.NotDir);
        (await guest.UnlinkAsync("absent/")).Should().Be(Errno.NoEnt);
        (await guest.UnlinkAsync("link/")).Should().Be(Errno.NotDir);
        (await guest.UnlinkAsync("link")).Should().Be(Errno.Success);
        (await guest.UnlinkAsync("file")).Should().Be(Errno.Success);
        (await guest.UnlinkAsync("file")).Should().Be(Errno.NoEnt);
        (await guest.UnlinkAsync("dev")).Should().Be(Errno.Busy);
        (await guest.ReadAsync(open)).Should().Be((Errno.Success, "abc"));
        (await guest.StatusAsync(open)).LinkCount.Should().Be(0);
    }

    [Theory, BothHalves]
    public async Task Rename_Kinds_FollowPosix(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.MakeDirectoryAsync("dir");
        await guest.MakeDirectoryAsync("full");
        await guest.CreateAsync("full/file");
        await guest.CreateAsync("file", "1");
        await guest.CreateAsync("other", "2");
        (await guest.RenameAsync("dir", "full")).Should().Be(Errno.NotEmpty);
        (await guest.RenameAsync("dir", "full/file")).Should().Be(Errno.NotDir);
        (await guest.RenameAsync("file", "dir")).Should().Be(Errno.IsDir);
        (await guest.RenameAsync("full", "full/inside")).Should().Be(Errno.Inval);
        (await guest.RenameAsync("absent", "x")).Should().Be(Errno.NoEnt);
        (await guest.RenameAsync("file", "absent/x")).Should().Be(Errno.NoEnt);
        (await guest.RenameAsync("file", "other")).Should().Be(Errno.Success);
        guest.ShouldHaveChangedOnly();
        (await guest.StatusAsync("file")).Error.Should().Be(Errno.NoEnt);
        (await guest.ReadAsync(await guest.OpenAsync("other"))).Should().Be((Errno.Success, "1"));
        (await guest.RenameAsync("full", "dir")).Should().Be(Errno.Success);
        (await guest.StatusAsync("dir/file")).Error.Should().Be(Errno.Success);
        (await guest.RenameAsync("other", "dir/other")).Should().Be(Errno.Success);
        (await guest.RenameAsync(".", "x")).Should().Be(Errno.Busy);
        (await guest.RenameAsync("dir", "dir/..")).Should().Be(Errno.Busy);
    }

    [Theory, BothHalves]
    public async Task Rename_TrailingSlashes_AreForDirectories(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.MakeDirectoryAsync("source");
        await guest.CreateAsync("file");
        await guest.SymlinkAsync("source", "link");
        (await guest.RenameAsync("source/", "target")).Should().Be(Errno.Success);
        (await guest.RenameAsync("target", "source/")).Should().Be(Errno.Success);
        (await guest.RenameAsync("source//", "target//")).Should().Be(Errno.Success);
        (await guest.RenameAsync("file/", "x")).Should().Be(Errno.NotDir);
        (await guest.RenameAsync("file", "x/")).Should().Be(Errno.NotDir);
        (await guest.RenameAsync("target", "file/")).Should().Be(Errno.NotDir);
        (await guest.RenameAsync("link/", "x")).Should().Be(Errno.NotDir);
        (await guest.RenameAsync("absent/", "x")).Should().Be(Errno.NoEnt);
    }

    [Theory, BothHalves]
    public async Task RenameAndLink_AcrossMounts_AreCrossDevice(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file");
        await guest.MakeDirectoryAsync("dir");
        (await guest.RenameAsync("file", "dev/file")).Should().Be(Errno.XDev);
        (await guest.RenameAsync("dev/null", "file")).Should().Be(Errno.XDev);
        (await guest.RenameAsync("dev", "x")).Should().Be(Errno.Busy);
        (await guest.RenameAsync("dir", "ro")).Should().Be(Errno.Busy);
        (await guest.RenameAsync("ro/mount", "x")).Should().Be(Errno.Busy);
        (await guest.LinkAsync("file", "dev/file")).Should().Be(Errno.XDev);
        (await guest.LinkAsync("dev/null", "null")).Should().Be(Errno.XDev);
        (await guest.LinkAsync("file", "ro/mount/file")).Should().Be(Errno.RoFs);
        (await guest.LinkAsync("file", "dev")).Should().Be(Errno.Exist);
    }

    [Theory, BothHalves]
    public async Task Rename_OverTheRootMount_ReachesItsDirectories(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.MakeDirectoryAsync("dir");
        await guest.CreateAsync("dir/file", "x");
        (await guest.RenameAsync("dir/file", "file")).Should().Be(Errno.Success);
        (await guest.RenameAsync("file", "dir/again")).Should().Be(Errno.Success);
        (await guest.LinkAsync("dir/again", "link")).Should().Be(Errno.Success);
        (await guest.ReadAsync(await guest.OpenAsync("link"))).Should().Be((Errno.Success, "x"));
    }

    [Theory, BothHalves]
    public async Task Link_Kinds_FollowPosix(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.MakeDirectoryAsync("dir");
        await guest.CreateAsync("file", "abc");
        await guest.SymlinkAsync("absent", "symlink");
        (await guest.LinkAsync("file", "dir/link")).Should().Be(Errno.Success);
        var (file, link) = ((await guest.StatusAsync("file")).Status, (await guest.StatusAsync("dir/link")).Status);
        link.Should().Be(file);
        link.LinkCount.Should().Be(2);
        (await guest.LinkAsync("file", "file")).Should().Be(Errno.Exist);
        (await guest.LinkAsync("file", "dir")).Should().Be(Errno.Exist);
        (await guest.LinkAsync("file", "dir/")).Should().Be(Errno.Exist);
        (await guest.LinkAsync("file", "symlink")).Should().Be(Errno.Exist);
        (await guest.LinkAsync("file", "new/")).Should().Be(Errno.NoEnt);
        (await guest.LinkAsync("file/", "new")).Should().Be(Errno.NotDir);
        (await guest.LinkAsync("dir", "new")).Should().Be(Errno.Perm);
        (await guest.LinkAsync("absent", "new")).Should().Be(Errno.NoEnt);
        (await guest.LinkAsync("symlink", "copy")).Should().Be(Errno.Success);
        (await guest.StatusAsync("copy")).Status.Type.Should().Be(FileType.SymbolicLink);
        (await guest.LinkAsync("symlink", "x", follow: true)).Should().Be(Errno.Inval);
    }

    [Theory, BothHalves]
    public async Task Symlink_Names_FollowPosix(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.MakeDirectoryAsync("dir");
        await guest.CreateAsync("file");
        (await guest.SymlinkAsync("source", "new/")).Should().Be(Errno.NoEnt);
        (await guest.SymlinkAsync("source", "dir")).Should().Be(Errno.Exist);
        (await guest.SymlinkAsync("source", "dir/")).Should().Be(Errno.Exist);
        (await guest.SymlinkAsync("source", "file")).Should().Be(Errno.Exist);
        (await guest.SymlinkAsync("source", "file/")).Should().Be(Errno.NotDir);
        (await guest.SymlinkAsync("/", "new")).Should().Be(Errno.NotCapable);
        (await guest.SymlinkAsync("source", "ro/new")).Should().Be(Errno.RoFs);
        (await guest.SymlinkAsync("anything at all/../..", "new")).Should().Be(Errno.Success);
        guest.ShouldHaveChangedOnly();
        (await guest.StatusAsync("new", follow: true)).Error.Should().Be(Errno.NoEnt);
    }

    [Theory, BothHalves]
    public async Task ReadLink_BufferSizes_CutTheTarget(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.SymlinkAsync("target", "link");
        await guest.CreateAsync("file");
        foreach (var (capacity, expected) in new[] { (10u, "target"), (6u, "target"), (4u, "targ"), (0u, "") })
        {
            guest.Memory.Reuse();
            var (path, buffer, result) = (guest.Put("link"), guest.Memory.Allocate(16), guest.Memory.Allocate(4));
            guest.Memory.Bytes.Slice((int)buffer, 16).Clear();
            (await guest.CallAsync("path_readlink", AbiGuest.Root, path, 4, buffer, capacity, result)).Should().Be(Errno.Success);
            guest.Memory.Text(buffer, guest.Memory.U32(result)).Should().Be(expected);
            guest.ShouldHaveChangedOnly((buffer, (uint)expected.Length), (result, 4));
        }

        (await guest.CallAsync("path_readlink", AbiGuest.Root, guest.Put("file"), 4, 0, 0, 0)).Should().Be(Errno.Inval);
        (await guest.CallAsync("path_readlink", AbiGuest.Root, guest.Put("none"), 4, 0, 0, 0)).Should().Be(Errno.NoEnt);
        (await guest.CallAsync("path_readlink", AbiGuest.Root, guest.Put("link/"), 5, 0, 0, 0)).Should().Be(Errno.NoEnt);
    }
}
