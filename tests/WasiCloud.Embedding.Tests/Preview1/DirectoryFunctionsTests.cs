using System.Globalization;
using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Tests.Preview1;

public class DirectoryFunctionsTests
{
    [Theory, BothHalves]
    public async Task Read_Directory_ListsWhatStatShows(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file");
        await guest.MakeDirectoryAsync("dir");
        await guest.SymlinkAsync("file", "link");
        var entries = await ReadAllAsync(guest, AbiGuest.Root, 4_096);
        entries.Select(entry => entry.Name).Take(2).Should().Equal(".", "..");
        entries.Select(entry => entry.Name).Skip(2).Should().BeEquivalentTo("dev", "ro", "file", "dir", "link");
        foreach (var entry in entries.Where(entry => entry.Name != ".."))
        {
            var status = (await guest.StatusAsync(entry.Name)).Status;
            entry.Inode.Should().Be(status.Inode, "of {0}", entry.Name);
            entry.Type.Should().Be(status.Type);
        }
    }

    [Theory]
    [InlineData(HalfMode.Synchronous, 30)]
    [InlineData(HalfMode.Suspending, 30)]
    [InlineData(HalfMode.Synchronous, 256)]
    [InlineData(HalfMode.Suspending, 256)]
    public async Task Read_ManyEntriesThroughASmallBuffer_ListsEachOnce(HalfMode mode, uint capacity)
    {
        await using var guest = new AbiGuest(mode);
        await guest.MakeDirectoryAsync("dir");
        for (var number = 0; number < 100; number++) await guest.CreateAsync(string.Create(CultureInfo.InvariantCulture, $"dir/{number}"));
        var dir = await guest.OpenAsync("dir", OpenFlags.Directory);
        foreach (var _ in new[] { 1, 2 })
        {
            var names = (await ReadAllAsync(guest, dir, capacity)).Select(entry => entry.Name).ToList();
            names.Should().HaveCount(102).And.OnlyHaveUniqueItems();
        }
    }

    [Theory, BothHalves]
    public async Task Read_EntriesComeAndGo_ListsWhatStaysOnce(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.MakeDirectoryAsync("dir");
        for (var number = 0; number < 60; number++) await guest.CreateAsync($"dir/stays{number}");
        for (var number = 0; number < 60; number++) await guest.CreateAsync($"dir/goes{number}");
        var dir = await guest.OpenAsync("dir", OpenFlags.Directory);
        var (names, cookie, round) = (new List<string>(), 0UL, 0);
        while (true)
        {
            var (entries, used) = await ReadAsync(guest, dir, 128, cookie);
            names.AddRange(entries.Select(entry => entry.Name));
            if (used < 128) break;
            cookie = entries[^1].Next;
            if (round < 60) await guest.UnlinkAsync($"dir/goes{round}");
            await guest.CreateAsync($"dir/comes{round++}");
            if (round > 500) break;
        }

        names.Should().OnlyHaveUniqueItems();
        names.Where(name => name.StartsWith("stays", StringComparison.Ordinal)).Should().HaveCount(60);
    }

    [Theory, BothHalves]
    public async Task Read_Cookie_ContinuesBehindTheEntryAndRewinds(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.MakeDirectoryAsync("dir");
        var dir = await guest.OpenAsync("dir", OpenFlags.Directory);
        (await ReadAsync(guest, dir, 256, 0)).Entries.Select(entry => entry.Name).Should().Equal(".", "..");
        await guest.CreateAsync("dir/a");
        await guest.CreateAsync("dir/b");
        var all = (await ReadAsync(guest, dir, 256, 0)).Entries;
        all.Should().HaveCount(4);
        for (var index = 0; index < all.Count; index++)
            (await ReadAsync(guest, dir, 256, all[index].Next)).Entries.Should().Equal(all.Skip(index + 1));
        (await ReadAsync(guest, dir, 256, ulong.MaxValue)).Entries.Should().BeEmpty();
        (await ReadAsync(guest, dir, 256, all[2].Next)).Entries.Should().Equal(all.Skip(3));
    }

    [Theory, BothHalves]
    public async Task Read_BufferThatCutsAnEntry_IsFullToTheLastByte(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.MakeDirectoryAsync("dir");
        var dir = await guest.OpenAsync("dir", OpenFlags.Directory);
        for (uint capacity = 0; capacity <= 52; capacity++)
        {
            guest.Memory.Reuse();
            var (buffer, result) = (guest.Memory.Allocate(64), guest.Memory.Allocate(4));
            (await guest.CallAsync("fd_readdir", dir, buffer, capacity, 0, result)).Should().Be(Errno.Success);
            guest.Memory.U32(result).Should().Be(Math.Min(capacity, 51), "of {0}", capacity);
            guest.ShouldHaveChangedOnly((buffer, capacity), (result, 4));
        }
    }

    [Theory, BothHalves]
    public async Task Read_NoDirectory_Fails(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file");
        (await guest.CallAsync("fd_readdir", await guest.OpenAsync("file"), 0, 0, 0, 0)).Should().Be(Errno.NotDir);
        (await guest.CallAsync("fd_readdir", 99, 0, 0, 0, 0)).Should().Be(Errno.BadF);
        await guest.CallAsync("fd_fdstat_set_rights", AbiGuest.Root, (ulong)(Rights.Directory & ~Rights.FdReaddir), 0);
        (await guest.CallAsync("fd_readdir", AbiGuest.Root, 0, 0, 0, 0)).Should().Be(Errno.NotCapable);
    }

    [Fact]
    public async Task Read_EnumerationThrows_IsIOAndNotTheEnd()
    {
        await using var guest = new AbiGuest(HalfMode.Suspending);
        await guest.MakeDirectoryAsync("dir");
        for (var number = 0; number < 10; number++) await guest.CreateAsync($"dir/{number}");
        var dir = await guest.OpenAsync("dir", OpenFlags.Directory);
        var first = (await ReadAsync(guest, dir, 80, 0)).Entries;
        var count = 0;
        guest.Ledger.Before = member =>
        {
            if (member == nameof(VirtualDirectory.EnumerateAsync) && count++ == 2) throw new IOException("gone");
        };
        guest.Memory.Reuse();
        var (buffer, result) = (guest.Memory.Allocate(4_096), guest.Memory.Allocate(4));
        (await guest.CallAsync("fd_readdir", dir, buffer, 4_096, first[^1].Next, result)).Should().Be(Errno.IO);
        guest.Diagnostics.Entries.Should().ContainSingle().Which.Path.Should().Be("/dir");
        guest.Ledger.Before = null;
        (await ReadAsync(guest, dir, 4_096, 2)).Entries.Should().HaveCount(10);
    }

    [Theory, BothHalves]
    public async Task Preopen_Descriptors_TellTheirNames(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        var result = guest.Memory.Allocate(8);
        (await guest.CallAsync("fd_prestat_get", AbiGuest.Root, result)).Should().Be(Errno.Success);
        guest.Memory.U64(result).Should().Be(1UL << 32);
        guest.ShouldHaveChangedOnly((result, 8));
        (await guest.CallAsync("fd_prestat_dir_name", AbiGuest.Root, result, 0)).Should().Be(Errno.NameTooLong);
        (await guest.CallAsync("fd_prestat_dir_name", AbiGuest.Root, result, 8)).Should().Be(Errno.Success);
        guest.ShouldHaveChangedOnly((result, 1));
        guest.Memory.Text(result, 1).Should().Be("/");
        foreach (var number in new ulong[] { 0, await guest.OpenAsync("."), 99 })
        {
            (await guest.CallAsync("fd_prestat_get", number, result)).Should().Be(Errno.BadF);
            (await guest.CallAsync("fd_prestat_dir_name", number, result, 8)).Should().Be(Errno.BadF);
        }
    }

    private static async Task<List<ListedEntry>> ReadAllAsync(AbiGuest guest, uint number, uint capacity)
    {
        var (all, cookie) = (new List<ListedEntry>(), 0UL);
        while (true)
        {
            var (entries, used) = await ReadAsync(guest, number, capacity, cookie);
            all.AddRange(entries);
            if (used < capacity) return all;
            cookie = entries[^1].Next;
        }
    }

    // Takes the entries that are whole, as every libc does.
    private static async Task<(List<ListedEntry> Entries, uint Used)> ReadAsync(AbiGuest guest, uint number, uint capacity, ulong cookie)
    {
        guest.Memory.Reuse();
        var (buffer, result) = (guest.Memory.Allocate((int)capacity), guest.Memory.Allocate(4));
        (await guest.CallAsync("fd_readdir", number, buffer, capacity, cookie, result)).Should().Be(Errno.Success);
        guest.ShouldHaveChangedOnly((buffer, capacity), (result, 4));
        var entries = new List<ListedEntry>();
        var (position, end) = (buffer, buffer + guest.Memory.U32(result));
        while (position + 24 <= end && position + 24 + guest.Memory.U32(position + 16) <= end)
        {
            var length = guest.Memory.U32(position + 16);
            entries.Add(new ListedEntry(
                guest.Memory.Text(position + 24, length), (FileType)guest.Memory.U32(position + 20), guest.Memory.U64(position + 8), guest.Memory.U64(
                    position)));
            position += 24 + length;
        }

        return (entries, guest.Memory.U32(result));
    }
}
