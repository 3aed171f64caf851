#pragma warning disable CS1591 // The tests' names say what they are about.
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Testing.Mounts;

/// <summary><c>rename</c>, with the rules of POSIX.</summary>
public abstract class MountConformanceRename : MountConformance
{
    [Fact]
    public async Task Rename_FileToNewName_KeepsNodeAndContent()
    {
        var inode = (await AttributesAsync(await MakeFileAsync(Root, "a", "content"))).Inode;

        (await Root.RenameAsync("a", Root, "b", default)).Should().Be(Errno.Success);

        (await NamesAsync(Root)).Should().Equal("b");
        (await ReadTextAsync(Root, "b")).Should().Be("content");
        (await AttributesAsync(await GetAsync<VirtualFile>(Root, "b"))).Inode.Should().Be(inode);
    }

    [Fact]
    public async Task Rename_MissingSource_IsNoEntAndKeepsTarget()
    {
        await MakeFileAsync(Root, "b", "kept");

        (await Root.RenameAsync("a", Root, "b", default)).Should().Be(Errno.NoEnt);
        (await ReadTextAsync(Root, "b")).Should().Be("kept");
    }

    [Fact]
    public async Task Rename_OntoItself_ChangesNothing()
    {
        await MakeFileAsync(Root, "a", "content");

        (await Root.RenameAsync("a", Root, "a", default)).Should().Be(Errno.Success);
        (await ReadTextAsync(Root, "a")).Should().Be("content");
    }

    [Fact]
    public async Task Rename_OntoOtherNameOfSameFile_KeepsBoth()
    {
        if (!SupportsHardLinks) return;
        await Root.LinkAsync(await MakeFileAsync(Root, "a", "content"), "b", default);

        (await Root.RenameAsync("a", Root, "b", default)).Should().Be(Errno.Success);
        (await NamesAsync(Root)).Should().Equal("a", "b");
    }

    [Fact]
    public async Task Rename_FileOntoFile_ReplacesItAndOldStaysReadable()
    {
        await MakeFileAsync(Root, "new", "new content");
        var replaced = await MakeFileAsync(Root, "old", "old content");
        var handle = await OpenAsync(replaced, FileAccess.Read);

        (await Root.RenameAsync("new", Root, "old", default)).Should().Be(Errno.Success);

        (await NamesAsync(Root)).Should().Equal("old");
        (await ReadTextAsync(Root, "old")).Should().Be("new content");
        (await ReadAllAsync(handle)).Should().Equal("old content"u8.ToArray());
        await CloseAsync(handle);
    }

    [Theory]
    [InlineData("file", "directory", Errno.IsDir)]
    [InlineData("directory", "file", Errno.NotDir)]
    [InlineData("directory", "full", Errno.NotEmpty)]
    [InlineData("file", "full", Errno.IsDir)]
    public async Task Rename_OntoWrongKind_IsRefusedAndChangesNothing(string name, string newName, Errno expected)
    {
        await MakeFileAsync(Root, "file", "content");
        await MakeDirectoryAsync(Root, "directory");
        await MakeFileAsync(await MakeDirectoryAsync(Root, "full"), "inner");

        (await Root.RenameAsync(name, Root, newName, default)).Should().Be(expected);

        (await NamesAsync(Root)).Should().Equal("directory", "file", "full");
        (await NamesAsync(await GetAsync<VirtualDirectory>(Root, "full"))).Should().Equal("inner");
    }

    [Fact]
    public async Task Rename_DirectoryOntoEmptyDirectory_ReplacesIt()
    {
        await MakeFileAsync(await MakeDirectoryAsync(Root, "a"), "inner", "content");
        await MakeDirectoryAsync(Root, "b");

        (await Root.RenameAsync("a", Root, "b", default)).Should().Be(Errno.Success);

        (await NamesAsync(Root)).Should().Equal("b");
        (await ReadTextAsync(await GetAsync<VirtualDirectory>(Root, "b"), "inner")).Should().Be("content");
    }

    [Fact]
    public async Task Rename_DirectoryIntoItself_IsInval()
    {
        var a = await MakeDirectoryAsync(Root, "a");
        var b = await MakeDirectoryAsync(a, "b");

        (await Root.RenameAsync("a", a, "x", default)).Should().Be(Errno.Inval);
        (await Root.RenameAsync("a", b, "x", default)).Should().Be(Errno.Inval);
        (await NamesAsync(Root)).Should().Equal("a");
    }

    [Fact]
    public async Task Rename_OntoOwnAncestor_IsNotEmpty()
    {
        var a = await MakeDirectoryAsync(Root, "a");
        await MakeDirectoryAsync(a, "b");

        (await a.RenameAsync("b", Root, "a", default)).Should().Be(Errno.NotEmpty);
    }

    [Fact]
    public async Task Rename_AcrossDirectories_MovesSubtree()
    {
        var from = await MakeDirectoryAsync(Root, "from");
        var to = await MakeDirectoryAsync(Root, "to");
        var moved = await MakeDirectoryAsync(from, "d");
        await MakeFileAsync(moved, "inner", "content");

        (await from.RenameAsync("d", to, "e", default)).Should().Be(Errno.Success);

        (await NamesAsync(from)).Should().BeEmpty();
        (await NamesAsync(to)).Should().Equal("e");
        (await ReadTextAsync(moved, "inner")).Should().Be("content", "a directory that is held is the node, not its old path");
        (await ReadTextAsync(await GetAsync<VirtualDirectory>(to, "e"), "inner")).Should().Be("content");
        await MakeFileAsync(moved, "later");
        (await NamesAsync(await GetAsync<VirtualDirectory>(to, "e"))).Should().Equal("inner", "later");
    }

    [Fact]
    public async Task Rename_OfHeldNodes_LeavesThemWorking()
    {
        var parent = await MakeDirectoryAsync(Root, "p");
        var unopened = await MakeFileAsync(parent, "unopened", "1");
        var opened = await MakeFileAsync(parent, "opened", "2");
        var handle = await OpenAsync(opened);

        await Root.RenameAsync("p", Root, "q", default);
        await parent.RenameAsync("unopened", Root, "u", default);
        await parent.RenameAsync("opened", Root, "o", default);

        await WriteAsync(handle, "two", 0);
        var late = await OpenAsync(unopened);
        await WriteAsync(late, "one", 0);
        await CloseAsync(handle);
        await CloseAsync(late);
        (await ReadTextAsync(Root, "u")).Should().Be("one");
        (await ReadTextAsync(Root, "o")).Should().Be("two");
        (await AttributesAsync(unopened)).Size.Should().Be(3);
    }

    [Fact]
    public async Task Rename_SymbolicLink_MovesTheLinkItself()
    {
        if (!SupportsSymlinks) return;
        await MakeFileAsync(Root, "target", "content");
        await Root.CreateSymlinkAsync("link", "target", default);

        (await Root.RenameAsync("link", Root, "moved", default)).Should().Be(Errno.Success);

        (await (await GetAsync<VirtualSymlink>(Root, "moved")).ReadTargetAsync(default)).Value.Should().Be("target");
        (await NamesAsync(Root)).Should().Equal("moved", "target");
    }
}
