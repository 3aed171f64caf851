using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue.Files;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Files;

/// <summary>A file's number is the file's and not its name's (POSIX, sys/stat.h: st_ino and st_dev together identify the file); links count its
/// names.</summary>
public sealed class FileNumberTests : KeyValueMountTestBase
{
    private KeyValueMount _mount = null!;
    private KeyValueGuest _guest = null!;
    private KeyValueGuest _neighbour = null!;

    [Fact]
    public async Task Rename_KeepsTheNumber_AndTheNextFileOfTheNameHasAnother()
    {
        await AttachAsync();
        await _guest.WriteAsync("log", "1");
        var before = await NumberAsync(_guest, "log");
        var open = await _guest.OpenAsync("log", FileAccess.Read);
        var writing = await _guest.OpenAsync("log", FileAccess.ReadWrite);
        var elsewhere = await _neighbour.OpenAsync("log", FileAccess.Read);

        await _guest.RenameAsync("log", "log.1");
        await _guest.WriteAsync("log", "2");

        foreach (var guest in new[] { _guest, _neighbour })
        {
            (await NumberAsync(guest, "log.1")).Should().Be(before);
            (await NumberAsync(guest, "log")).Should().NotBe(before);
            (await ListedAsync(guest, "log")).Should().Be(await NumberAsync(guest, "log"));
            (await ListedAsync(guest, "log.1")).Should().Be(before);
        }

        foreach (var handle in new[] { open, writing, elsewhere }) (await StatusAsync(handle)).Should().BeEquivalentTo(new { Inode = before, LinkCount = 1UL });
    }

    [Fact]
    public async Task Rename_InAChainAndBack_NeverGivesTwoFilesOneNumber()
    {
        await AttachAsync();
        var files = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (var name in (string[])["a", "b", "c"])
        {
            await _guest.WriteAsync(name, name);
            files.Add(name, await NumberAsync(_guest, name));
        }

        // Each step renames one over another or to a free name; contents tell which file is which.
        foreach (var (from, to) in new[] { ("a", "d"), ("b", "a"), ("d", "b"), ("a", "e"), ("b", "a"), ("e", "b"), ("c", "a"), ("a", "c"), ("b", "d"),
            ("d", "b") })
        {
            await _guest.RenameAsync(from, to);
            if ((await GetAsync(from)) is null) await _guest.WriteAsync(from, $"new {from}{files.Count}");
            files.TryAdd((await GetAsync(from))!, await NumberAsync(_guest, from));
            var present = await _guest.ListAsync();
            foreach (var name in present) (await NumberAsync(_guest, name)).Should().Be(files[(await GetAsync(name))!], "{0} was renamed to {1}", from, to);
            files.Values.Should().OnlyHaveUniqueItems();
        }
    }

    [Fact]
    public async Task Overwrite_KeepsTheNumber()
    {
        await AttachAsync();
        await _guest.WriteAsync("key", "1");
        var number = await NumberAsync(_guest, "key");
        var handle = await _guest.OpenAsync("key", FileAccess.ReadWrite);
        await KeyValueGuest.WriteAsync(handle, "2");
        await handle.FlushAsync(default);

        (await StatusAsync(handle)).Inode.Should().Be(number);
        (await NumberAsync(_guest, "key")).Should().Be(number);
        await _neighbour.WriteAsync("key", "3");
        (await NumberAsync(_guest, "key")).Should().Be(number);
    }

    [Theory]
    [InlineData(FileAccess.Read)]
    [InlineData(FileAccess.Write)]
    [InlineData(FileAccess.ReadWrite)]
    public async Task Unlink_OfAnOpenFile_LeavesItItsNumberAndNoLink(FileAccess access)
    {
        await AttachAsync();
        await _guest.WriteAsync("key", "1");
        var number = await NumberAsync(_guest, "key");
        var open = await _guest.OpenAsync("key", access);
        (await StatusAsync(open)).LinkCount.Should().Be(1);

        await _guest.UnlinkAsync("key");
        (await StatusAsync(open)).Should().BeEquivalentTo(new { Inode = number, LinkCount = 0UL });
        await _guest.WriteAsync("key", "2");

        (await StatusAsync(open)).Should().BeEquivalentTo(new { Inode = number, LinkCount = 0UL });
        (await NumberAsync(_guest, "key")).Should().NotBe(number);
        await KeyValueGuest.CloseAsync(open);
        (await StatusAsync(await _guest.OpenAsync("key", FileAccess.Read))).LinkCount.Should().Be(1);
    }

    [Fact]
    public async Task Unlink_ByANeighbour_IsSeenToo()
    {
        await AttachAsync();
        await _guest.WriteAsync("key", "1");
        var reading = await _guest.OpenAsync("key", FileAccess.Read);
        var writing = await _guest.OpenAsync("key", FileAccess.Write);
        await _neighbour.UnlinkAsync("key");
        await _neighbour.WriteAsync("key", "2");

        (await StatusAsync(reading)).LinkCount.Should().Be(0);
        (await StatusAsync(reading)).Inode.Should().NotBe(await NumberAsync(_guest, "key"));

        // The last commit wins: what it puts is the file of that name.
        await KeyValueGuest.WriteAsync(writing, "3");
        (await writing.FlushAsync(default)).Should().Be(Errno.Success);
        (await StatusAsync(writing)).Should().BeEquivalentTo(new { Inode = await NumberAsync(_guest, "key"), LinkCount = 1UL });
    }

    [Fact]
    public async Task Rename_OverAnOpenFile_LeavesThatItsNumberAndNoLink()
    {
        await AttachAsync();
        await _guest.WriteAsync("old", "1");
        await _guest.WriteAsync("new", "2");
        var (replaced, moved) = (await NumberAsync(_guest, "old"), await NumberAsync(_guest, "new"));
        var open = await _guest.OpenAsync("old", FileAccess.Read);

        await _guest.RenameAsync("new", "old");

        (await StatusAsync(open)).Should().BeEquivalentTo(new { Inode = replaced, LinkCount = 0UL });
        (await NumberAsync(_guest, "old")).Should().Be(moved);
    }

    [Fact]
    public async Task FileInCreation_Renamed_KeepsItsNumber()
    {
        await AttachAsync();
        var handle = await _guest.OpenAsync("temporary", FileAccess.Write, create: true);
        var number = (await StatusAsync(handle)).Inode;

        await _guest.RenameAsync("temporary", "final");
        (await NumberAsync(_guest, "final")).Should().Be(number);
        await KeyValueGuest.CloseAsync(handle);

        (await NumberAsync(_neighbour, "final")).Should().Be(number);
    }

    [Fact]
    public async Task Directory_Renamed_KeepsItsNumberAndThoseBelow()
    {
        await AttachAsync();
        await _guest.MakeDirectoryAsync("a");
        await PutAsync("a/key");
        await PutAsync("a/sub/key");
        var names = new[] { string.Empty, "/key", "/sub", "/sub/key" };
        var before = new List<ulong>();
        foreach (var name in names) before.Add(await NumberAsync(_guest, "a" + name));
        (await ListedAsync(_guest, "a")).Should().Be(before[0]);

        await _guest.RenameAsync("a", "b");
        await PutAsync("a/sub/key");

        for (var index = 0; index < names.Length; index++) (await NumberAsync(_neighbour, "b" + names[index])).Should().Be(before[index]);
        foreach (var name in (string[])[string.Empty, "/sub", "/sub/key"]) before.Should().NotContain(await NumberAsync(_neighbour, "a" + name));
    }

    [Fact]
    public async Task Transaction_HasFilesOfItsOwn_AndItsRenamesCount()
    {
        await AttachAsync();
        await _guest.WriteAsync("a", "1");
        var number = await NumberAsync(_guest, "a");
        await _guest.MakeDirectoryAsync(".tx/t");
        (await NumberAsync(_guest, ".tx/t/a")).Should().NotBe(number, "it may have another content");

        await _guest.RenameAsync(".tx/t/a", ".tx/t/b");
        (await NumberAsync(_guest, "a")).Should().Be(number);
        await _guest.RenameAsync(".tx/t", ".tx/commit");

        (await NumberAsync(_guest, "b")).Should().Be(number);
    }

    [Fact]
    public async Task OtherHost_KnowsFilesByTheirNames()
    {
        await AttachAsync();
        await _guest.WriteAsync("a", "1");
        var number = await NumberAsync(_guest, "a");
        (await NumberAsync(Other, "a")).Should().Be(number);

        await Other.RenameAsync("a", "b");

        (await NumberAsync(Other, "b")).Should().Be(number);
        (await NumberAsync(_guest, "b")).Should().NotBe(number);
        await Other.RenameAsync("b", "a");
        (await NumberAsync(Other, "a")).Should().Be(number);
    }

    [Fact]
    public async Task ManyRenames_AreForgottenInTime_AndNeverGiveTwoFilesOneNumber()
    {
        await AttachAsync();
        await _guest.WriteAsync("log", "1");
        await _guest.RenameAsync("log", "log.1");
        await _guest.WriteAsync("log", "2");
        for (var count = 0; count < FileNumbers.MaxNames; count++)
        {
            await _guest.WriteAsync("temporary", "x");
            await _guest.RenameAsync("temporary", $"kept{count}");
            if (count % 256 == 0) (await NumberAsync(_guest, "log")).Should().NotBe(await NumberAsync(_guest, "log.1"));
        }

        var numbers = new HashSet<ulong>();
        await foreach (var entry in _guest.Root.EnumerateAsync(default)) numbers.Add(entry.Inode).Should().BeTrue();
    }

    [Theory]
    [InlineData("directory")]
    [InlineData(".lock")]
    [InlineData(".lock/name")]
    [InlineData(".watch/.all")]
    public async Task WhatExists_HasALink(string path)
    {
        await AttachAsync();
        await _guest.MakeDirectoryAsync("directory");

        var node = (await _guest.LookupAsync(path)).Value!;

        (await node.GetAttributesAsync(default)).Value.LinkCount.Should().Be(1);
        (await _guest.Root.GetAttributesAsync(default)).Value.LinkCount.Should().Be(1);
    }

    [Fact]
    public void NodeAttributes_WithoutArguments_HaveALink() => new NodeAttributes().LinkCount.Should().Be(1);

    private static async Task<ulong> NumberAsync(KeyValueGuest guest, string path)
    {
        var number = (await (await guest.LookupAsync(path)).Value!.GetAttributesAsync(default)).Value.Inode;
        number.Should().NotBe(0);
        return number;
    }

    private static async Task<NodeAttributes> StatusAsync(FileHandle handle) => (await handle.GetAttributesAsync(default)).Value;

    private static async Task<ulong> ListedAsync(KeyValueGuest guest, string name)
    {
        await foreach (var entry in guest.Root.EnumerateAsync(default))
        {
            if (entry.Name == name) return entry.Inode;
        }

        throw new InvalidOperationException($"{name} is not listed.");
    }

    private async Task AttachAsync()
    {
        _mount = new KeyValueMount(Backend);
        (_guest, _neighbour) = (await KeyValueGuest.AttachAsync(_mount, Clock), await KeyValueGuest.AttachAsync(_mount, Clock));
    }
}
