using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Tests.Preview1;

public class DescriptorFunctionsTests
{
    private const Rights ReadWrite = Rights.FdRead | Rights.FdWrite;

    [Theory, BothHalves]
    public async Task Close_Descriptor_FreesItsNumberForTheNext(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file");
        foreach (var expected in new uint[] { 4, 5, 6 }) (await guest.OpenAsync("file")).Should().Be(expected);
        (await guest.CloseAsync(5)).Should().Be(Errno.Success);
        (await guest.CloseAsync(5)).Should().Be(Errno.BadF);
        (await guest.CloseAsync(1)).Should().Be(Errno.Success);
        foreach (var expected in new uint[] { 1, 5, 7 }) (await guest.OpenAsync("file")).Should().Be(expected);
        (await guest.CloseAsync(uint.MaxValue)).Should().Be(Errno.BadF);
    }

    [Theory, BothHalves]
    public async Task Close_Preopen_LeavesDescriptorsOpenedFromIt(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.MakeDirectoryAsync("sub");
        var root = await guest.OpenAsync(".", OpenFlags.Directory);
        var sub = await guest.OpenAsync("sub", OpenFlags.Directory);
        (await guest.CloseAsync(AbiGuest.Root)).Should().Be(Errno.Success);
        (await guest.CallAsync("fd_fdstat_get", AbiGuest.Root, 0)).Should().Be(Errno.BadF);
        (await guest.StatusAsync(root)).Type.Should().Be(FileType.Directory);
        (await guest.StatusAsync(sub)).Type.Should().Be(FileType.Directory);
    }

    [Theory, BothHalves]
    public async Task Open_DotOfADescriptor_OutlivesIt(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.MakeDirectoryAsync("sub");
        await guest.MakeDirectoryAsync("sub/inner");
        var first = await guest.OpenAsync("sub", OpenFlags.Directory);
        var second = await guest.OpenAsync(".", OpenFlags.Directory, directory: first);
        var third = await guest.OpenAsync("inner/..", OpenFlags.Directory, directory: second);
        var fourth = await guest.OpenAsync("inner/.", OpenFlags.Directory, directory: third);
        var inode = (await guest.StatusAsync(first)).Inode;
        foreach (var number in new[] { first, second }) (await guest.CloseAsync(number)).Should().Be(Errno.Success);
        (await guest.StatusAsync(third)).Inode.Should().Be(inode);
        (await guest.StatusAsync(fourth)).Inode.Should().NotBe(inode);
        guest.Ledger.Faults.Should().BeEmpty("no node is used after its release");
    }

    [Theory, BothHalves]
    public async Task Renumber_OntoOpenNumber_ReplacesIt(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("one", "1");
        await guest.CreateAsync("two", "2");
        var (one, two) = (await guest.OpenAsync("one"), await guest.OpenAsync("two"));
        (await guest.CallAsync("fd_renumber", one, two)).Should().Be(Errno.Success);
        (await guest.ReadAsync(two)).Should().Be((Errno.Success, "1"));
        (await guest.CloseAsync(one)).Should().Be(Errno.BadF);
        (await guest.CallAsync("fd_renumber", two, one)).Should().Be(Errno.BadF);
        (await guest.CallAsync("fd_renumber", 99, two)).Should().Be(Errno.BadF);
        (await guest.CallAsync("fd_renumber", two, two)).Should().Be(Errno.Success);
        (await guest.CallAsync("fd_renumber", two, 0)).Should().Be(Errno.Success);
        (await guest.OpenAsync("two")).Should().Be(one);
    }

    [Theory, BothHalves]
    public async Task Open_TableFull_IsMFileAndRemembered(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode, maxDescriptors: 6);
        await guest.CreateAsync("file");
        await guest.OpenAsync("file");
        await guest.OpenAsync("file");
        guest.Descriptors.LimitWasHit.Should().BeFalse();
        (await guest.TryOpenAsync("new", OpenFlags.Create)).Error.Should().Be(Errno.MFile);
        guest.Descriptors.LimitWasHit.Should().BeTrue();
        (await guest.StatusAsync("new")).Error.Should().Be(Errno.NoEnt);
        await guest.CloseAsync(4);
        (await guest.OpenAsync("file")).Should().Be(4);
    }

    [Theory, BothHalves]
    public async Task StatusGet_Kinds_TellTypeFlagsAndRights(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file");
        (await guest.DescriptorStatusAsync(AbiGuest.Root)).Should().Be((Rights.Directory, Rights.All, (byte)3, DescriptorFlags.None));
        (await guest.DescriptorStatusAsync(0))
            .Should().Be((Rights.File & ~(Rights.FdWrite | Rights.FdSeek | Rights.FdTell), Rights.File & ~(Rights.FdSeek | Rights.FdTell), (byte)2,
            DescriptorFlags.None));
        var file = await guest.OpenAsync("file", 0, ReadWrite, DescriptorFlags.Append | DescriptorFlags.NonBlocking);
        (await guest.DescriptorStatusAsync(file)).Should().Be((Rights.File, Rights.File, (byte)4, DescriptorFlags.Append | DescriptorFlags.NonBlocking));
        var readOnly = (await guest.DescriptorStatusAsync(await guest.OpenAsync("file"))).Base;
        readOnly.Should().Be(Rights.File & ~(Rights.FdWrite | Rights.FdAllocate | Rights.FdFilestatSetSize));
        (await guest.DescriptorStatusAsync(await guest.OpenAsync("file", rights: Rights.FdWrite))).Base.Should().Be(Rights.File & ~Rights.FdRead);
        (await guest.CallAsync("fd_fdstat_get", 99, 0)).Should().Be(Errno.BadF);
    }

    [Fact]
    public async Task FlagsSet_UnknownFlag_IsInval()
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        (await guest.CallAsync("fd_fdstat_set_flags", 0, 32)).Should().Be(Errno.Inval);
        (await guest.CallAsync("fd_fdstat_set_flags", 99, 0)).Should().Be(Errno.BadF);
        (await guest.CallAsync("fd_fdstat_set_flags", 0, 31)).Should().Be(Errno.Success);
        (await guest.DescriptorStatusAsync(0)).Flags.Should().Be(DescriptorFlags.All);
    }

    [Theory, BothHalves]
    public async Task RightsSet_Narrowing_IsForGood(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file", "abc");
        var file = await guest.OpenAsync("file", 0, ReadWrite);
        (await SetRightsAsync(guest, file, Rights.File & ~ReadWrite, Rights.None)).Should().Be(Errno.Success);
        (await guest.ReadAsync(file)).Error.Should().Be(Errno.BadF);
        (await guest.WriteAsync(file, "x")).Error.Should().Be(Errno.BadF);
        (await guest.SeekAsync(file, 1, 0)).Should().Be((Errno.Success, 1UL));
        (await SetRightsAsync(guest, file, Rights.File, Rights.None)).Should().Be(Errno.NotCapable);
        (await SetRightsAsync(guest, file, Rights.None, Rights.FdRead)).Should().Be(Errno.NotCapable);
        (await SetRightsAsync(guest, file, Rights.None, Rights.None)).Should().Be(Errno.Success);
        (await guest.SeekAsync(file, 1, 0)).Error.Should().Be(Errno.NotCapable);
        foreach (var function in new[] { "fd_sync", "fd_datasync" }) (await guest.CallAsync(function, file)).Should().Be(Errno.NotCapable);
        (await guest.CallAsync("fd_filestat_get", file, 0)).Should().Be(Errno.NotCapable);
        (await guest.CallAsync("fd_filestat_set_times", file, 0, 0, 0)).Should().Be(Errno.NotCapable);
        (await guest.CallAsync("fd_fdstat_set_flags", file, 0)).Should().Be(Errno.NotCapable);
        (await guest.CloseAsync(file)).Should().Be(Errno.Success);
    }

    [Theory, BothHalves]
    public async Task RightsSet_OnDirectory_HoldsForWhatIsOpenedBelow(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.MakeDirectoryAsync("sub");
        await guest.CreateAsync("sub/file", "abc");
        (await SetRightsAsync(guest, AbiGuest.Root, Rights.Directory & ~Rights.PathCreateFile & ~Rights.PathUnlinkFile, Rights.All & ~Rights.FdWrite))
            .Should().Be(Errno.Success);
        (await guest.TryOpenAsync("new", OpenFlags.Create)).Error.Should().Be(Errno.NotCapable);
        (await guest.TryOpenAsync("sub/file", rights: Rights.FdWrite)).Error.Should().Be(Errno.NotCapable);
        (await guest.UnlinkAsync("sub/file")).Should().Be(Errno.NotCapable);
        var sub = await guest.OpenAsync("sub", OpenFlags.Directory);
        (await guest.TryOpenAsync("file", rights: Rights.FdWrite, directory: sub)).Error.Should().Be(Errno.NotCapable);
        (await guest.ReadAsync(await guest.OpenAsync("file", directory: sub))).Should().Be((Errno.Success, "abc"));
    }

    [Theory, BothHalves]
    public async Task Allocate_Range_GrowsAndChecks(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        var file = await guest.OpenAsync("file", OpenFlags.Create, ReadWrite);
        (await guest.CallAsync("fd_allocate", file, 0, 100)).Should().Be(Errno.Success);
        (await guest.CallAsync("fd_allocate", file, 10, 10)).Should().Be(Errno.Success);
        (await guest.StatusAsync(file)).Size.Should().Be(100);
        (await guest.CallAsync("fd_allocate", file, 90, 20)).Should().Be(Errno.Success);
        (await guest.StatusAsync(file)).Size.Should().Be(110);
        (await guest.CallAsync("fd_allocate", file, 0, 0)).Should().Be(Errno.Inval);
        (await guest.CallAsync("fd_allocate", file, ulong.MaxValue, 1)).Should().Be(Errno.Inval);
        (await guest.CallAsync("fd_allocate", file, long.MaxValue, 1)).Should().Be(Errno.FBig);
        (await guest.CallAsync("fd_allocate", 0, 0, 1)).Should().Be(Errno.SPipe);
        (await guest.CallAsync("fd_allocate", AbiGuest.Root, 0, 1)).Should().Be(Errno.BadF);
        (await guest.CallAsync("fd_allocate", await guest.OpenAsync("file"), 0, 1)).Should().Be(Errno.BadF);
    }

    [Theory, BothHalves]
    public async Task AdviseAndSync_Kinds_AnswerAsPosix(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file", "abc");
        var file = await guest.OpenAsync("file");
        (await guest.CallAsync("fd_advise", file, 0, 10, 5)).Should().Be(Errno.Success);
        (await guest.CallAsync("fd_advise", file, 0, 10, 6)).Should().Be(Errno.Inval);
        (await guest.CallAsync("fd_advise", file, ulong.MaxValue, 10, 0)).Should().Be(Errno.Inval);
        (await guest.CallAsync("fd_advise", 0, 0, 10, 0)).Should().Be(Errno.SPipe);
        (await guest.CallAsync("fd_advise", AbiGuest.Root, 0, 10, 0)).Should().Be(Errno.BadF);
        foreach (var function in new[] { "fd_sync", "fd_datasync" })
        {
            (await guest.CallAsync(function, file)).Should().Be(Errno.Success);
            (await guest.CallAsync(function, AbiGuest.Root)).Should().Be(Errno.Success);
            (await guest.CallAsync(function, 99)).Should().Be(Errno.BadF);
        }
    }

    [Theory, BothHalves]
    public async Task Sync_FileAndDirectory_ReachesTheMount(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.MakeDirectoryAsync("sub");
        await guest.CreateAsync("sub/file", "abc");
        var (directory, file) = (await guest.OpenAsync("sub", OpenFlags.Directory), await guest.OpenAsync("sub/file"));
        var members = new List<string>();
        guest.Ledger.Before = members.Add;

        foreach (var number in new[] { file, directory, AbiGuest.Root })
        {
            (await guest.CallAsync("fd_sync", number)).Should().Be(Errno.Success);
            (await guest.CallAsync("fd_datasync", number)).Should().Be(Errno.Success);
        }

        members.Should().Equal("FlushAsync", "FlushDataAsync", "FlushAsync", "FlushAsync", "FlushAsync", "FlushAsync");
    }

    [Theory, BothHalves]
    public async Task Write_WithSyncFlags_WaitsForAsMuchAsAsked(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file");
        foreach (var (flags, member) in new[]
        {
            (DescriptorFlags.None, null), (DescriptorFlags.DataSync, "FlushDataAsync"), (DescriptorFlags.Sync, "FlushAsync"),
            (DescriptorFlags.DataSync | DescriptorFlags.Sync, "FlushAsync"), (DescriptorFlags.ReadSync, "FlushAsync"),
        })
        {
            var file = await guest.OpenAsync("file", 0, Rights.FdWrite, flags);
            var members = new List<string>();
            guest.Ledger.Before = members.Add;
            (await guest.WriteAsync(file, "abc")).Should().Be((Errno.Success, 3));
            guest.Ledger.Before = null;
            members.Where(name => name.StartsWith("Flush", StringComparison.Ordinal)).Should().Equal(member is null ? [] : [member], "of {0}", flags);
        }
    }

    private static Task<Errno> SetRightsAsync(AbiGuest guest, uint number, Rights rights, Rights inheriting) =>
        guest.CallAsync("fd_fdstat_set_rights", number, (ulong)rights, (ulong)inheriting);
}
