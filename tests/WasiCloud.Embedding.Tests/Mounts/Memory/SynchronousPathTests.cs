using System.Buffers;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Testing.Mounts;
using Xunit;

namespace WasiCloud.Embedding.Tests.Mounts.Memory;

/// <summary>What the public suites cannot see: the synchronous paths must do what the asynchronous members do, and cursors must resume anywhere.</summary>
public abstract class SynchronousPathTests : MountConformance
{
    /// <summary>Whether a cookie means the same to another cursor. POSIX <c>seekdir</c> asks it only of the one that gave it.</summary>
    protected virtual bool CookiesOutliveCursors => true;

    [Fact]
    public async Task TryWrite_SeveralPieces_EqualsWriteAsync()
    {
        var handle = await OpenAsync(await MakeFileAsync(Root, "a"));

        GuestMemory.TryWrite(handle, 3, "one ", "", "two").Should().Be((FsResult<int>)7);
        (await ReadAllAsync(handle)).Should().Equal("\0\0\0one two"u8.ToArray());
        await CloseAsync(handle);
    }

    [Fact]
    public async Task TryRead_SeveralPieces_EqualsReadAsync()
    {
        var handle = await OpenAsync(await MakeFileAsync(Root, "a", "0123456789"));
        byte[] first = new byte[3], second = new byte[4], third = new byte[9];

        GuestMemory.TryRead(handle, 1, first, second, third).Should().Be((FsResult<int>)9);
        Encoding.ASCII.GetString([.. first, .. second, .. third]).Should().Be("123456789\0\0\0\0\0\0\0");
        GuestMemory.TryRead(handle, 10, first).Should().Be((FsResult<int>)0);
        GuestMemory.TryRead(handle, 1L << 50, first, second).Should().Be((FsResult<int>)0);
        await CloseAsync(handle);
    }

    [Fact]
    public async Task TryAppend_MixedWithAppendAsync_GivesTheEndOfEach()
    {
        var handle = await OpenAsync(await MakeFileAsync(Root, "a", "0"));

        GuestMemory.TryAppend(handle, "1", "22").Should().Be((FsResult<long>)4L);
        (await handle.AppendAsync(new ReadOnlySequence<byte>("3"u8.ToArray()), default)).Value.Should().Be(5);
        GuestMemory.TryAppend(handle, "4").Should().Be((FsResult<long>)6L);
        (await ReadTextAsync(Root, "a")).Should().Be("012234");
        await CloseAsync(handle);
    }

    [Fact]
    public async Task TryPaths_MorePiecesThanTheKernelTakes_LoseNothing()
    {
        var handle = await OpenAsync(await MakeFileAsync(Root, "a"));
        var pieces = Enumerable.Range(0, 1500).Select(static index => ((char)('a' + (index % 26))).ToString()).ToArray();

        GuestMemory.TryAppend(handle, pieces).Should().Be((FsResult<long>)1500L);
        var written = GuestMemory.TryWrite(handle, 0, pieces)!.Value.Value;
        written.Should().BeInRange(1024, 1500, "a write may be short");
        (await ReadTextAsync(Root, "a")).Should().Be(string.Concat(pieces));
        await CloseAsync(handle);
    }

    [Fact]
    public async Task TryPaths_WithoutTheAccess_AreBadF()
    {
        var file = await MakeFileAsync(Root, "a", "abc");
        var reader = await OpenAsync(file, FileAccess.Read);
        var writer = await OpenAsync(file, FileAccess.Write);

        GuestMemory.TryWrite(reader, 0, "x").Should().Be((FsResult<int>)Errno.BadF);
        GuestMemory.TryAppend(reader, "x").Should().Be((FsResult<long>)Errno.BadF);
        GuestMemory.TryRead(writer, 0, new byte[1]).Should().Be((FsResult<int>)Errno.BadF);
        await CloseAsync(reader);
        await CloseAsync(writer);
    }

    [Fact]
    public async Task Members_AreSynchronous()
    {
        var handle = await OpenAsync(await MakeFileAsync(Root, "a"));

        Root.IsSynchronous.Should().BeTrue();
        handle.IsSynchronous.Should().BeTrue();
        Root.LookupAsync("missing", default).IsCompletedSuccessfully.Should().BeTrue();
        Mount.Should().BeAssignableTo<ISynchronousMount>();
        await CloseAsync(handle);
    }

    [Fact]
    public async Task Cursor_ResumedFromEveryCookie_GivesTheRest()
    {
        for (var number = 0; number < 200; number++) await MakeFileAsync(Root, $"file-{number}");
        using var cursor = Root.OpenCursor()!;
        var listed = List(cursor, 0);

        listed.Should().HaveCount(200);
        listed.Select(static item => item.Next).Should().OnlyHaveUniqueItems().And.NotContain(0UL).And.OnlyContain(static next => next <= ulong.MaxValue - 2);
        foreach (var index in new[] { 199, 0, 100, 57, 150 })
        {
            List(cursor, listed[index].Next).Should().Equal(listed.Skip(index + 1));
        }

        List(cursor, 0).Should().Equal(listed);
    }

    [Fact]
    public async Task Cursor_EveryEntryReadTwice_IsTheSameEntry()
    {
        // More than a host directory's buffer holds; a guest reads an entry again that did not fit its own.
        for (var number = 0; number < 1500; number++) await MakeFileAsync(Root, $"file-{number}");
        using var cursor = Root.OpenCursor()!;
        var names = new HashSet<string>(StringComparer.Ordinal);
        var cookie = 0UL;
        while (cursor.Read(cookie, out var entry, out var next) == Errno.Success)
        {
            cursor.Read(cookie, out var again, out var nextAgain).Should().Be(Errno.Success);
            (again, nextAgain).Should().Be((entry, next));
            names.Add(entry.Name).Should().BeTrue();
            cookie = next;
        }

        names.Should().HaveCount(1500);
        cursor.Read(cookie, out _, out _).Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task Cursor_EntriesComeAndGoBetweenReads_KeepsItsPlace()
    {
        for (var number = 0; number < 400; number++) await MakeFileAsync(Root, $"file-{number}");
        using var cursor = Root.OpenCursor()!;
        var listed = List(cursor, 0);
        var middle = listed[199].Next;

        foreach (var item in listed.Take(199).Concat(listed.Skip(300))) (await Root.RemoveFileAsync(item.Name, default)).Should().Be(Errno.Success);
        for (var number = 0; number < 50; number++) await MakeFileAsync(Root, $"late-{number}");

        // Where cookies outlive a cursor, another one: as after the guest closed the directory and sought back to where it was.
        using var other = CookiesOutliveCursors ? Root.OpenCursor() : null;
        var second = other ?? cursor;
        var expected = listed.Skip(200).Take(100).Select(static item => item.Name).ToArray();
        List(second, middle).Select(static item => item.Name).Where(static name => name.StartsWith("file", StringComparison.Ordinal)).Should().Equal(expected);
        List(second, 0).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task Cursor_Inodes_EqualThoseOfStat()
    {
        await MakeFileAsync(Root, "file");
        await MakeDirectoryAsync(Root, "directory");
        await Root.CreateSymlinkAsync("link", "file", default);
        using var cursor = Root.OpenCursor()!;

        foreach (var item in List(cursor, 0))
        {
            item.Inode.Should().Be((await AttributesAsync(await GetAsync<VirtualNode>(Root, item.Name))).Inode);
        }
    }

    private static List<(string Name, ulong Inode, ulong Next)> List(DirectoryCursor cursor, ulong cookie)
    {
        var items = new List<(string, ulong, ulong)>();
        while (true)
        {
            var error = cursor.Read(cookie, out var entry, out var next);
            if (error == Errno.NoEnt) return items;
            error.Should().Be(Errno.Success);
            items.Add((entry.Name, entry.Inode, next));
            cookie = next;
        }
    }
}

public sealed class MemoryMountSynchronousPathTests : SynchronousPathTests
{
    protected override IVirtualMount CreateMount() => new WasiCloud.Embedding.Mounts.Memory.MemoryMount();
}
