#pragma warning disable CS1591 // The tests' names say what they are about.
using System.Globalization;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Testing.Mounts;

/// <summary>Directories: looking up, making, removing, listing.</summary>
public abstract class MountConformanceDirectories : MountConformance
{
    [Fact]
    public async Task Lookup_UnknownName_IsNoEnt() => (await LookupErrorAsync(Root, "missing")).Should().Be(Errno.NoEnt);

    [Fact]
    public async Task Lookup_OtherCase_IsNoEnt()
    {
        await MakeFileAsync(Root, "name");

        (await LookupErrorAsync(Root, "Name")).Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task CreateDirectory_NewName_IsEmptyDirectory()
    {
        var directory = await MakeDirectoryAsync(Root, "d");

        (await NamesAsync(directory)).Should().BeEmpty();
        (await NamesAsync(Root)).Should().Equal("d");
    }

    [Theory]
    [InlineData("file")]
    [InlineData("directory")]
    public async Task CreateDirectory_ExistingName_IsExist(string name)
    {
        await MakeFileAsync(Root, "file");
        await MakeDirectoryAsync(Root, "directory");

        (await Root.CreateDirectoryAsync(name, default)).Should().Be(Errno.Exist);
    }

    [Fact]
    public async Task RemoveDirectory_Empty_IsGone()
    {
        await MakeDirectoryAsync(Root, "d");

        (await Root.RemoveDirectoryAsync("d", default)).Should().Be(Errno.Success);
        (await LookupErrorAsync(Root, "d")).Should().Be(Errno.NoEnt);
        (await NamesAsync(Root)).Should().BeEmpty();
    }

    [Fact]
    public async Task RemoveDirectory_NotEmpty_IsNotEmpty()
    {
        await MakeFileAsync(await MakeDirectoryAsync(Root, "d"), "f");

        (await Root.RemoveDirectoryAsync("d", default)).Should().Be(Errno.NotEmpty);
        (await NamesAsync(await GetAsync<VirtualDirectory>(Root, "d"))).Should().Equal("f");
    }

    [Fact]
    public async Task RemoveDirectory_FileOrMissing_IsNotDirOrNoEnt()
    {
        await MakeFileAsync(Root, "f");

        (await Root.RemoveDirectoryAsync("f", default)).Should().Be(Errno.NotDir);
        (await Root.RemoveDirectoryAsync("missing", default)).Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task RemoveFile_DirectoryOrMissing_IsIsDirOrNoEnt()
    {
        await MakeDirectoryAsync(Root, "d");

        (await Root.RemoveFileAsync("d", default)).Should().Be(Errno.IsDir);
        (await Root.RemoveFileAsync("missing", default)).Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task RemovedDirectory_StillHeld_RefusesEverythingWithNoEnt()
    {
        var directory = await MakeDirectoryAsync(Root, "d");
        await MakeFileAsync(Root, "f");
        await Root.RemoveDirectoryAsync("d", default);

        (await LookupErrorAsync(directory, "x")).Should().Be(Errno.NoEnt);
        (await directory.CreateFileAsync("x", exclusive: false, default)).Error.Should().Be(Errno.NoEnt);
        (await directory.CreateDirectoryAsync("x", default)).Should().Be(Errno.NoEnt);
        (await directory.RemoveFileAsync("x", default)).Should().Be(Errno.NoEnt);
        (await Root.RenameAsync("f", directory, "x", default)).Should().Be(Errno.NoEnt);
        (await NamesAsync(directory)).Should().BeEmpty();
        (await NamesAsync(Root)).Should().Equal("f");
    }

    [Fact]
    public async Task LinkCount_Directory_CountsSubdirectoriesOrIsOne()
    {
        var directory = await MakeDirectoryAsync(Root, "d");
        var before = (await AttributesAsync(directory)).LinkCount;
        await MakeDirectoryAsync(directory, "sub");

        // POSIX counts "." and the ".." of each subdirectory; file systems without such links say 1.
        (before, (await AttributesAsync(directory)).LinkCount).Should().BeOneOf((2UL, 3UL), (1UL, 1UL));
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("...")]
    [InlineData("with space, comma; and \\ backslash")]
    [InlineData("line\nbreak")]
    [InlineData("grüße-日本語-🎉")]
    [InlineData("e\u0301")]
    [InlineData("\u00e9")]
    public async Task Names_Unusual_AreKeptByteForByte(string name)
    {
        await MakeFileAsync(Root, name, name);

        (await NamesAsync(Root)).Should().Equal(name);
        (await ReadTextAsync(Root, name)).Should().Be(name);
        (await Root.RemoveFileAsync(name, default)).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Names_OfMaximalLength_AreKept()
    {
        var ascii = new string('n', MaxNameBytes);
        var japanese = string.Concat(Enumerable.Repeat("日", MaxNameBytes / 3));
        await MakeFileAsync(Root, ascii, "1");
        await MakeFileAsync(Root, japanese, "2");

        (await NamesAsync(Root)).Should().BeEquivalentTo(ascii, japanese);
        (await ReadTextAsync(Root, ascii)).Should().Be("1");
        (await ReadTextAsync(Root, japanese)).Should().Be("2");
    }

    [Fact]
    public async Task Enumerate_MixedEntries_AgreesWithLookup()
    {
        await MakeFileAsync(Root, "file");
        await MakeDirectoryAsync(Root, "directory");
        if (SupportsSymlinks) await Root.CreateSymlinkAsync("link", "file", default);

        await foreach (var entry in Root.EnumerateAsync(default))
        {
            var node = await GetAsync<VirtualNode>(Root, entry.Name);
            entry.Type.Should().Be(node.Type);
            entry.Inode.Should().BeOneOf(0UL, (await AttributesAsync(node)).Inode);
        }
    }

    [Fact]
    public async Task Enumerate_TenThousandEntries_ListsEachOnce()
    {
        var expected = Enumerable.Range(0, 10_000).Select(static number => number.ToString("D5", CultureInfo.InvariantCulture)).ToArray();
        foreach (var name in expected) (await Root.CreateFileAsync(name, exclusive: true, default)).Value!.Release();

        (await NamesAsync(Root)).Should().Equal(expected);
    }

    [Fact]
    public async Task Enumerate_WhileEntriesComeAndGo_ListsTheOthersExactlyOnce()
    {
        for (var number = 0; number < 300; number++) await MakeFileAsync(Root, Name("stays", number));
        for (var number = 0; number < 300; number++) await MakeFileAsync(Root, Name("goes", number));

        var listed = new List<string>();
        await foreach (var entry in Root.EnumerateAsync(default))
        {
            var number = listed.Count;
            listed.Add(entry.Name);
            if (number >= 300) continue;
            await Root.RemoveFileAsync(Name("goes", number), default);
            await MakeFileAsync(Root, Name("comes", number));
        }

        listed.Should().OnlyHaveUniqueItems();
        listed.Where(static name => name.StartsWith("stays", StringComparison.Ordinal)).Should().HaveCount(300);

        static string Name(string prefix, int number) => $"{prefix}-{number}";
    }

    [Fact]
    public async Task Enumerate_GuestRemovesAllItLists_LeavesNothing()
    {
        for (var number = 0; number < 500; number++) await MakeFileAsync(Root, $"file-{number}");

        await foreach (var entry in Root.EnumerateAsync(default)) (await Root.RemoveFileAsync(entry.Name, default)).Should().Be(Errno.Success);

        (await NamesAsync(Root)).Should().BeEmpty();
    }
}
