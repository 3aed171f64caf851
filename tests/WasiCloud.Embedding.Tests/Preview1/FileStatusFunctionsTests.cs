using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.Preview1;

public class FileStatusFunctionsTests
{
    private const ulong Accessed = 1;
    private const ulong AccessedNow = 2;
    private const ulong Modified = 4;
    private const ulong ModifiedNow = 8;

    [Theory, BothHalves]
    public async Task Get_FileByPathAndDescriptor_Agree(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        var now = await NowAsync(guest);
        await guest.CreateAsync("file", "abc");
        await guest.CreateAsync("other");
        var (error, status) = await guest.StatusAsync("file");
        error.Should().Be(Errno.Success);
        status.Should().Match<GuestStatus>(file => file.Type == FileType.RegularFile && file.Size == 3 && file.LinkCount == 1 && file.Modified == now
            && file.Changed == now);
        (await guest.StatusAsync(await guest.OpenAsync("file"))).Should().Be(status);
        var other = (await guest.StatusAsync("other")).Status;
        other.Device.Should().Be(status.Device);
        other.Inode.Should().NotBe(status.Inode);
    }

    [Theory, BothHalves]
    public async Task Get_Mounts_HaveDevicesOfTheirOwnThatStay(HalfMode mode)
    {
        var devices = new List<ulong[]>();
        for (var invocation = 0; invocation < 2; invocation++)
        {
            await using var guest = new AbiGuest(mode);
            var numbers = new List<ulong>();
            foreach (var path in new[] { ".", "dev", "dev/null", "ro", "ro/mount" }) numbers.Add((await guest.StatusAsync(path)).Status.Device);
            devices.Add([.. numbers]);
        }

        devices[0].Should().Equal(devices[1]);
        devices[0][1].Should().Be(devices[0][2]);
        devices[0].Distinct().Should().HaveCount(4);
    }

    [Theory, BothHalves]
    public async Task Get_FollowFlag_DecidesWhatALinkShows(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file", "abc");
        await guest.SymlinkAsync("file", "link");
        (await guest.StatusAsync("link")).Status.Type.Should().Be(FileType.SymbolicLink);
        (await guest.StatusAsync("link")).Status.Size.Should().Be(4);
        (await guest.StatusAsync("link", follow: true)).Status.Should().Be((await guest.StatusAsync("file")).Status);
        (await guest.StatusAsync("link/")).Error.Should().Be(Errno.NotDir);
        (await guest.StatusAsync("absent")).Error.Should().Be(Errno.NoEnt);
        (await guest.StatusAsync("file/x")).Error.Should().Be(Errno.NotDir);
    }

    [Theory, BothHalves]
    public async Task Get_Snapshot0_HasANarrowLinkCount(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file", "abc");
        var expected = (await guest.StatusAsync("file")).Status;
        var file = await guest.OpenAsync("file");
        guest.Module = Preview1Functions.Snapshot0Module;
        guest.Memory.Reuse();
        var (path, result) = (guest.Put("file"), guest.Memory.Allocate(56));
        foreach (var call in new Func<Task<Errno>>[]
        {
            () => guest.CallAsync("path_filestat_get", AbiGuest.Root, 0, path, 4, result),
            () => guest.CallAsync("fd_filestat_get", file, result),
        })
        {
            guest.Memory.Bytes.Slice((int)result, 56).Fill(0xEE);
            (await call()).Should().Be(Errno.Success);
            guest.ShouldHaveChangedOnly((result, 56));
            var memory = guest.Memory;
            new GuestStatus(
                memory.U64(result), memory.U64(result + 8), (FileType)memory.U32(result + 16), memory.U32(result + 20),
                memory.U64(result + 24), memory.U64(result + 32), memory.U64(result + 40), memory.U64(result + 48)).Should().Be(expected);
        }
    }

    [Theory, BothHalves]
    public async Task SetSize_File_GrowsWithZerosAndShrinks(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        var file = await guest.OpenAsync("file", OpenFlags.Create, Rights.FdRead | Rights.FdWrite);
        await guest.WriteAsync(file, "abc");
        (await guest.CallAsync("fd_filestat_set_size", file, 5)).Should().Be(Errno.Success);
        await guest.SeekAsync(file, 0, 0);
        (await guest.ReadAsync(file)).Should().Be((Errno.Success, "abc\0\0"));
        (await guest.CallAsync("fd_filestat_set_size", file, 1)).Should().Be(Errno.Success);
        (await guest.StatusAsync(file)).Size.Should().Be(1);
        (await guest.CallAsync("fd_filestat_set_size", file, ulong.MaxValue)).Should().Be(Errno.Inval);
        (await guest.CallAsync("fd_filestat_set_size", await guest.OpenAsync("file"), 1)).Should().Be(Errno.Inval);
        (await guest.CallAsync("fd_filestat_set_size", AbiGuest.Root, 1)).Should().Be(Errno.BadF);
        (await guest.CallAsync("fd_filestat_set_size", 1, 1)).Should().Be(Errno.Inval);
        (await guest.CallAsync("fd_filestat_set_size", 99, 1)).Should().Be(Errno.BadF);
    }

    [Theory, BothHalves]
    public async Task SetTimes_Flags_ChooseWhatIsSet(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file");
        var file = await guest.OpenAsync("file");
        (await SetTimesAsync(guest, file, 100, 200, Accessed | Modified)).Should().Be(Errno.Success);
        (await guest.StatusAsync(file)).Should().Match<GuestStatus>(status => status.Accessed == 100 && status.Modified == 200);
        guest.Time.Advance(TimeSpan.FromSeconds(1));
        (await SetTimesAsync(guest, file, 1, 300, AccessedNow)).Should().Be(Errno.Success);
        var now = await NowAsync(guest);
        (await guest.StatusAsync(file)).Should().Match<GuestStatus>(status => status.Accessed == now && status.Modified == 200);
        (await SetTimesAsync(guest, file, 1, 300, ModifiedNow)).Should().Be(Errno.Success);
        (await guest.StatusAsync(file)).Modified.Should().Be(now);
        (await SetTimesAsync(guest, file, 1, 300, 0)).Should().Be(Errno.Success);
        (await guest.StatusAsync(file)).Modified.Should().Be(now);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(12)]
    [InlineData(16)]
    [InlineData(0xFFFF)]
    public async Task SetTimes_FlagsThatContradict_AreInval(ulong flags)
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        await guest.CreateAsync("file");
        var file = await guest.OpenAsync("file");
        var before = await guest.StatusAsync(file);
        (await SetTimesAsync(guest, file, 100, 200, flags)).Should().Be(Errno.Inval);
        (await PathSetTimesAsync(guest, "file", false, 100, 200, flags)).Should().Be(Errno.Inval);
        (await guest.StatusAsync(file)).Should().Be(before);
    }

    // witx: timestamp is a u64 of nanoseconds, which no value is outside of. 2^63 is in 2262, the last is in 2554.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_646_823_705_123_456_789)]
    [InlineData(10_413_792_000_000_000_005)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue + 1UL)]
    [InlineData(ulong.MaxValue)]
    public async Task SetTimes_AnyTime_IsReadBackExactly(ulong time)
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous);
        await guest.CreateAsync("file");
        await guest.SymlinkAsync("file", "link");
        var file = await guest.OpenAsync("file");
        (await SetTimesAsync(guest, file, time, time, Accessed | Modified)).Should().Be(Errno.Success);
        (await guest.StatusAsync(file)).Should().Match<GuestStatus>(status => status.Accessed == time && status.Modified == time);
        (await PathSetTimesAsync(guest, "link", false, time, time, Accessed | Modified)).Should().Be(Errno.Success);
        (await guest.StatusAsync("link")).Status.Should().Match<GuestStatus>(status => status.Accessed == time && status.Modified == time);
        (await PathSetTimesAsync(guest, "file", true, ulong.MaxValue, time, AccessedNow | Modified)).Should().Be(Errno.Success);
        var now = await NowAsync(guest);
        (await guest.StatusAsync(file)).Should().Match<GuestStatus>(status => status.Accessed == now && status.Modified == time);
    }

    // A clock that is set to a year that 64 bits cannot tell stands still at the last that they can.
    [Theory]
    [InlineData(2300, 10_413_792_000_000_000_000)]
    [InlineData(2600, ulong.MaxValue)]
    public async Task Now_FarFromNow_IsWhatTheClockSays(int year, ulong expected)
    {
        await using var guest = new AbiGuest(HalfMode.Synchronous, time: new(new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        (await NowAsync(guest)).Should().Be(expected);
        await guest.CreateAsync("file");
        (await PathSetTimesAsync(guest, "file", false, 0, 0, AccessedNow | ModifiedNow)).Should().Be(Errno.Success);
        (await guest.StatusAsync("file")).Status
            .Should().Match<GuestStatus>(status => status.Accessed == expected && status.Modified == expected && status.Changed == expected);
    }

    [Theory, BothHalves]
    public async Task PathSetTimes_FollowFlag_DecidesWhoseTimes(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file");
        await guest.SymlinkAsync("file", "link");
        (await PathSetTimesAsync(guest, "link", follow: false, 0, 100, Modified)).Should().Be(Errno.Success);
        (await PathSetTimesAsync(guest, "link", follow: true, 0, 200, Modified)).Should().Be(Errno.Success);
        guest.ShouldHaveChangedOnly();
        (await guest.StatusAsync("link")).Status.Modified.Should().Be(100);
        (await guest.StatusAsync("file")).Status.Modified.Should().Be(200);
        (await PathSetTimesAsync(guest, "ro", follow: true, 0, 200, Modified)).Should().Be(Errno.RoFs);
        (await PathSetTimesAsync(guest, "ro/mount", follow: true, 0, 200, Modified)).Should().Be(Errno.RoFs);
        (await PathSetTimesAsync(guest, "absent", follow: true, 0, 200, Modified)).Should().Be(Errno.NoEnt);
        (await PathSetTimesAsync(guest, ".", follow: true, 0, 200, Modified)).Should().Be(Errno.Success);
        (await SetTimesAsync(guest, AbiGuest.Root, 0, 300, Modified)).Should().Be(Errno.Success);
        (await guest.StatusAsync(".")).Status.Modified.Should().Be(300);
    }

    private static async Task<ulong> NowAsync(AbiGuest guest)
    {
        guest.Memory.Reuse();
        var result = guest.Memory.Allocate(8);
        (await guest.CallAsync("clock_time_get", 0, 0, result)).Should().Be(Errno.Success);
        return guest.Memory.U64(result);
    }

    private static Task<Errno> SetTimesAsync(AbiGuest guest, uint number, ulong accessed, ulong modified, ulong flags) =>
        guest.CallAsync("fd_filestat_set_times", number, accessed, modified, flags);

    private static Task<Errno> PathSetTimesAsync(AbiGuest guest, string path, bool follow, ulong accessed, ulong modified, ulong flags)
    {
        guest.Memory.Reuse();
        return guest.CallAsync("path_filestat_set_times", AbiGuest.Root, follow ? 1UL : 0, guest.Put(path), (ulong)path.Length, accessed, modified, flags);
    }
}
