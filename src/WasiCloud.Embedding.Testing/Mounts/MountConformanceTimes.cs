#pragma warning disable CS1591 // The tests' names say what they are about.
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Testing.Mounts;

/// <summary>Times and inode numbers. Nothing waits for a clock: times are set to the past and must then move.</summary>
public abstract class MountConformanceTimes : MountConformance
{
    // 2001-09-09T01:46:40.123456789Z: no multiple of the 100 ns that a .NET tick has.
    private const ulong Past = 1_000_000_000_123_456_789;

    [Fact]
    public async Task SetTimes_OfFile_ReadBackToTheNanosecond() => await SetTimesAndCheckAsync(await MakeFileAsync(Root, "a"));

    [Fact]
    public async Task SetTimes_OfDirectory_ReadBackToTheNanosecond() => await SetTimesAndCheckAsync(await MakeDirectoryAsync(Root, "d"));

    [Fact]
    public async Task SetTimes_OfSymbolicLink_LeavesTargetAlone()
    {
        if (!SupportsSymlinks || !SupportsSettingTimes) return;
        var target = await MakeFileAsync(Root, "target");
        var before = await AttributesAsync(target);
        await Root.CreateSymlinkAsync("link", "target", default);

        await SetTimesAndCheckAsync(await GetAsync<VirtualSymlink>(Root, "link"));
        (await AttributesAsync(target)).Should().Be(before);
    }

    // 1970, the last nanosecond that fits into 63 bits (2262), and 2300.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(long.MaxValue)]
    [InlineData(10_413_792_000_000_000_007)]
    public async Task SetTimes_FarFromNow_ReadBack(ulong time)
    {
        if (!SupportsSettingTimes) return;
        var file = await MakeFileAsync(Root, "a");

        await SetTimesAsync(file, time);
        (await AttributesAsync(file)).Should().Match<NodeAttributes>(times => times.Accessed == time && times.Modified == time);
    }

    [Fact]
    public async Task Write_MovesModifiedAndChanged() => await ShouldMoveAsync(static handle => WriteAsync(handle, "x", 0));

    [Fact]
    public async Task SetSize_MovesModifiedAndChanged() => await ShouldMoveAsync(static async handle => await handle.SetSizeAsync(100, default));

    [Fact]
    public async Task OpenTruncate_MovesModified()
    {
        if (!SupportsSettingTimes) return;
        var file = await MakeFileAsync(Root, "a", "content");
        await SetTimesAsync(file, Past);

        await CloseAsync(await OpenAsync(file, FileAccess.Write, truncate: true));
        (await AttributesAsync(file)).Modified.Should().BeGreaterThan(Past);
    }

    [Fact]
    public async Task ReadAndFailedWrite_LeaveModified()
    {
        if (!SupportsSettingTimes) return;
        var file = await MakeFileAsync(Root, "a", "content");
        await SetTimesAsync(file, Past);
        var handle = await OpenAsync(file, FileAccess.Read);
        await ReadAllAsync(handle);
        await handle.SetSizeAsync(0, default);

        (await AttributesAsync(file)).Modified.Should().Be(Past);
        await CloseAsync(handle);
    }

    [Theory]
    [InlineData("create")]
    [InlineData("mkdir")]
    [InlineData("symlink")]
    [InlineData("link")]
    [InlineData("unlink")]
    [InlineData("rmdir")]
    [InlineData("rename")]
    public async Task ChangingNames_MovesTheDirectorysModified(string operation)
    {
        if (!SupportsSettingTimes) return;
        var directory = await MakeDirectoryAsync(Root, "parent");
        var file = await MakeFileAsync(directory, "file");
        await MakeDirectoryAsync(directory, "sub");
        await SetTimesAsync(directory, Past);

        var error = operation switch
        {
            "create" => (await directory.CreateFileAsync("new", exclusive: true, default)).Error,
            "mkdir" => await directory.CreateDirectoryAsync("new", default),
            "symlink" => SupportsSymlinks ? await directory.CreateSymlinkAsync("new", "file", default) : Errno.NotSup,
            "link" => SupportsHardLinks ? await directory.LinkAsync(file, "new", default) : Errno.NotSup,
            "unlink" => await directory.RemoveFileAsync("file", default),
            "rmdir" => await directory.RemoveDirectoryAsync("sub", default),
            _ => await directory.RenameAsync("file", directory, "new", default),
        };

        if (error == Errno.NotSup) return;
        error.Should().Be(Errno.Success);
        (await AttributesAsync(directory)).Modified.Should().BeGreaterThan(Past);
    }

    [Fact]
    public async Task Rename_LeavesTheFilesModified()
    {
        if (!SupportsSettingTimes) return;
        var file = await MakeFileAsync(Root, "a", "content");
        await SetTimesAsync(file, Past);

        await Root.RenameAsync("a", Root, "b", default);
        (await AttributesAsync(file)).Modified.Should().Be(Past);
    }

    [Fact]
    public async Task Inode_OfDifferentFiles_DiffersAndStays()
    {
        var a = await MakeFileAsync(Root, "a");
        var b = await MakeFileAsync(Root, "b");
        var inode = (await AttributesAsync(a)).Inode;
        if (inode == 0) return;

        (await AttributesAsync(b)).Inode.Should().NotBe(inode);
        (await AttributesAsync(await GetAsync<VirtualFile>(await AttachAsync(), "a"))).Inode.Should().Be(inode);
    }

    private static async Task SetTimesAsync(VirtualNode node, ulong time) =>
        (await node.SetAttributesAsync(new AttributeChanges(time, time), default)).Should().Be(Errno.Success);

    private async Task SetTimesAndCheckAsync(VirtualNode node)
    {
        if (!SupportsSettingTimes) return;
        (await node.SetAttributesAsync(new AttributeChanges(Past, Past + 1), default)).Should().Be(Errno.Success);
        (await AttributesAsync(node)).Should().Match<NodeAttributes>(times => times.Accessed == Past && times.Modified == Past + 1);

        (await node.SetAttributesAsync(new AttributeChanges(Modified: Past + 3), default)).Should().Be(Errno.Success);
        (await AttributesAsync(node)).Should().Match<NodeAttributes>(times => times.Accessed == Past && times.Modified == Past + 3);

        (await node.SetAttributesAsync(new AttributeChanges(Accessed: Past + 5), default)).Should().Be(Errno.Success);
        (await AttributesAsync(node)).Should().Match<NodeAttributes>(times => times.Accessed == Past + 5 && times.Modified == Past + 3);
    }

    private async Task ShouldMoveAsync(Func<FileHandle, Task> action)
    {
        if (!SupportsSettingTimes) return;
        var file = await MakeFileAsync(Root, "a", "content");
        await SetTimesAsync(file, Past);
        var handle = await OpenAsync(file);
        await action(handle);

        (await AttributesAsync(file)).Should().Match<NodeAttributes>(times => times.Modified > Past && times.Changed > Past);
        await CloseAsync(handle);
    }
}
