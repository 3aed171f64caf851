#pragma warning disable CS1591 // The tests' names say what they are about.
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Testing.Mounts;

/// <summary>Hard links, symbolic links, and files whose last name is gone.</summary>
public abstract class MountConformanceLinks : MountConformance
{
    [Fact]
    public async Task Link_SecondName_IsTheSameFile()
    {
        var file = await MakeFileAsync(Root, "a", "content");
        var error = await Root.LinkAsync(file, "b", default);
        if (!SupportsHardLinks)
        {
            ShouldBeRefused(error);
            return;
        }

        error.Should().Be(Errno.Success);
        var other = await GetAsync<VirtualFile>(Root, "b");
        (await AttributesAsync(other)).Inode.Should().Be((await AttributesAsync(file)).Inode);
        (await AttributesAsync(other)).LinkCount.Should().Be(2);
        var handle = await OpenAsync(other);
        await WriteAsync(handle, "CON", 0);
        await CloseAsync(handle);
        (await ReadTextAsync(Root, "a")).Should().Be("CONtent");
    }

    [Fact]
    public async Task Link_OneNameRemoved_OtherKeepsTheFile()
    {
        if (!SupportsHardLinks) return;
        var file = await MakeFileAsync(Root, "a", "content");
        await Root.LinkAsync(file, "b", default);

        (await Root.RemoveFileAsync("a", default)).Should().Be(Errno.Success);

        (await ReadTextAsync(Root, "b")).Should().Be("content");
        (await AttributesAsync(file)).LinkCount.Should().Be(1);
    }

    [Fact]
    public async Task Link_ExistingName_IsExist()
    {
        if (!SupportsHardLinks) return;
        var file = await MakeFileAsync(Root, "a");
        await MakeFileAsync(Root, "b", "kept");

        (await Root.LinkAsync(file, "b", default)).Should().Be(Errno.Exist);
        (await Root.LinkAsync(file, "a", default)).Should().Be(Errno.Exist);
        (await ReadTextAsync(Root, "b")).Should().Be("kept");
    }

    [Fact]
    public async Task Link_Directory_IsPerm()
    {
        if (!SupportsHardLinks) return;

        (await Root.LinkAsync(await MakeDirectoryAsync(Root, "d"), "e", default)).Should().Be(Errno.Perm);
    }

    [Fact]
    public async Task Link_FileWithoutNames_IsNoEnt()
    {
        if (!SupportsHardLinks) return;
        var file = await MakeFileAsync(Root, "a");
        var handle = await OpenAsync(file);
        await Root.RemoveFileAsync("a", default);

        (await Root.LinkAsync(file, "b", default)).Should().Be(Errno.NoEnt);
        await CloseAsync(handle);
    }

    [Fact]
    public async Task Link_OfSymbolicLink_LinksTheLink()
    {
        if (!SupportsHardLinks || !SupportsSymlinks) return;
        await Root.CreateSymlinkAsync("link", "target", default);

        (await Root.LinkAsync(await GetAsync<VirtualSymlink>(Root, "link"), "second", default)).Should().Be(Errno.Success);
        (await (await GetAsync<VirtualSymlink>(Root, "second")).ReadTargetAsync(default)).Value.Should().Be("target");
    }

    [Fact]
    public async Task Unlink_WhileOpen_HandleKeepsReadingAndWriting()
    {
        var file = await MakeFileAsync(Root, "a", "content");
        var handle = await OpenAsync(file);

        (await Root.RemoveFileAsync("a", default)).Should().Be(Errno.Success);

        (await LookupErrorAsync(Root, "a")).Should().Be(Errno.NoEnt);
        await WriteAsync(handle, " and more", 7);
        (await ReadAllAsync(handle)).Should().Equal("content and more"u8.ToArray());
        (await AttributesAsync(file)).LinkCount.Should().Be(0);
        await CloseAsync(handle);
    }

    [Fact]
    public async Task Unlink_ThenCreateSameName_IsAnotherFile()
    {
        var old = await OpenAsync(await MakeFileAsync(Root, "a", "old"), FileAccess.Read);
        await Root.RemoveFileAsync("a", default);

        await MakeFileAsync(Root, "a", "new");

        (await ReadAllAsync(old)).Should().Equal("old"u8.ToArray());
        (await ReadTextAsync(Root, "a")).Should().Be("new");
        await CloseAsync(old);
    }

    [Theory]
    [InlineData("target")]
    [InlineData("/absolute/../and/./odd//")]
    [InlineData("missing/ünïcode")]
    public async Task Symlink_AnyTarget_ReadsBackAsWritten(string target)
    {
        var error = await Root.CreateSymlinkAsync("link", target, default);
        if (!SupportsSymlinks)
        {
            ShouldBeRefused(error);
            return;
        }

        error.Should().Be(Errno.Success);
        var link = await GetAsync<VirtualSymlink>(Root, "link");
        (await link.ReadTargetAsync(default)).Value.Should().Be(target);
    }

    [Fact]
    public async Task Symlink_LongTarget_ReadsBack()
    {
        if (!SupportsSymlinks) return;
        var target = string.Join('/', Enumerable.Repeat(new string('t', 99), 40));
        await Root.CreateSymlinkAsync("link", target, default);

        (await (await GetAsync<VirtualSymlink>(Root, "link")).ReadTargetAsync(default)).Value.Should().Be(target);
    }

    [Fact]
    public async Task Symlink_ExistingName_IsExist()
    {
        if (!SupportsSymlinks) return;
        await MakeFileAsync(Root, "a");

        (await Root.CreateSymlinkAsync("a", "b", default)).Should().Be(Errno.Exist);
    }

    [Fact]
    public async Task Symlink_Removed_LeavesItsTarget()
    {
        if (!SupportsSymlinks) return;
        await MakeFileAsync(Root, "target", "content");
        await Root.CreateSymlinkAsync("link", "target", default);

        (await Root.RemoveFileAsync("link", default)).Should().Be(Errno.Success);
        (await NamesAsync(Root)).Should().Equal("target");
    }

    [Fact]
    public async Task Symlink_ToDirectory_CannotBeRemovedAsDirectory()
    {
        if (!SupportsSymlinks) return;
        await MakeDirectoryAsync(Root, "d");
        await Root.CreateSymlinkAsync("link", "d", default);

        (await Root.RemoveDirectoryAsync("link", default)).Should().Be(Errno.NotDir);
    }
}
