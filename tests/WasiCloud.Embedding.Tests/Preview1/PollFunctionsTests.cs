using System.Buffers.Binary;
using System.Runtime.InteropServices;
using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.HostCalls;
using Xunit;

namespace WasiCloud.Embedding.Tests.Preview1;

public class PollFunctionsTests
{
    private const ulong Millisecond = 1_000_000;
    private const uint Realtime = 0;
    private const uint Monotonic = 1;

    [Theory]
    [InlineData(Realtime, false, false)]
    [InlineData(Realtime, true, false)]
    [InlineData(Monotonic, false, false)]
    [InlineData(Monotonic, true, false)]
    [InlineData(Monotonic, false, true)]
    [InlineData(Realtime, true, true)]
    public async Task Poll_Clock_FiresAtItsTimeAndNotBefore(uint clock, bool isAbsolute, bool isSnapshot0)
    {
        await using var guest = NewGuest();
        if (isSnapshot0) guest.Module = Preview1Functions.Snapshot0Module;
        guest.Time.Advance(TimeSpan.FromSeconds(7));
        var now = clock == Realtime ? (ulong)(guest.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100 : 7_000 * Millisecond;
        var poll = PollAsync(guest, Subscription.Timer(0x1234, clock, isAbsolute ? now + (5 * Millisecond) : 5 * Millisecond, isAbsolute));
        guest.Time.Advance(TimeSpan.FromMilliseconds(4));
        await SettleAsync();
        poll.IsCompleted.Should().BeFalse();
        guest.Time.Advance(TimeSpan.FromMilliseconds(1));
        (await poll).Should().Equal(new Event(0x1234, Errno.Success, 0, 0, 0));
    }

    [Theory]
    [InlineData(false, 0UL)]
    [InlineData(true, 0UL)]
    [InlineData(true, 7_000 * Millisecond)]
    public async Task Poll_ClockThatIsDue_CompletesAtOnce(bool isAbsolute, ulong timeout)
    {
        await using var guest = NewGuest();
        guest.Time.Advance(TimeSpan.FromSeconds(7));
        (await PollAsync(guest, Subscription.Timer(1, Monotonic, timeout, isAbsolute))).Should().ContainSingle();
        guest.WasSuspended.Should().BeFalse();
    }

    [Fact]
    public async Task Poll_SubMillisecondTimeout_IsRoundedUp()
    {
        await using var guest = NewGuest();
        var poll = PollAsync(guest, Subscription.Timer(1, Monotonic, 1, isAbsolute: false));
        guest.Time.Advance(TimeSpan.FromMilliseconds(1));
        (await poll).Should().ContainSingle();
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue - 500_000UL)]
    [InlineData(long.MaxValue / 2)]
    public async Task Poll_TimeoutBeyondAllTimes_WaitsForTheEndOfTheGuest(ulong timeout)
    {
        await using var guest = NewGuest();
        using var end = new CancellationTokenSource();
        guest.CancellationToken = end.Token;
        var poll = PollAsync(guest, Subscription.Timer(1, Monotonic, timeout, isAbsolute: false));
        guest.Time.Advance(TimeSpan.FromDays(60));
        await SettleAsync();
        poll.IsCompleted.Should().BeFalse();
        await end.CancelAsync();
        await poll.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        guest.Diagnostics.Entries.Should().BeEmpty();
    }

    [Theory]
    [InlineData(2, Errno.NotSup)]
    [InlineData(3, Errno.NotSup)]
    [InlineData(4, Errno.Inval)]
    public async Task Poll_ClockThatCannotBeAwaited_IsAnEventWithAnError(uint clock, Errno error)
    {
        await using var guest = NewGuest();
        (await PollAsync(guest, Subscription.Timer(9, clock, 5, isAbsolute: false))).Should().Equal(new Event(9, error, 0, 0, 0));
    }

    [Fact]
    public async Task Poll_StreamAndClock_TheFirstWins()
    {
        await using var guest = NewGuest();
        var poll = PollAsync(guest, Subscription.Timer(1, Monotonic, 1_000 * Millisecond, isAbsolute: false), Subscription.Reading(2, 0));
        await SettleAsync();
        poll.IsCompleted.Should().BeFalse();
        guest.Streams[0].Feed((byte)'x');
        (await poll).Should().Equal(new Event(2, Errno.Success, 1, 1, 0));
        guest.Trace.Lines[^1].Should().StartWith("poll_oneoff(").And.EndWith(" = success");

        guest.Streams[0].Output.Clear();
        await guest.ReadAsync(0);
        poll = PollAsync(guest, Subscription.Timer(1, Monotonic, 1_000 * Millisecond, isAbsolute: false), Subscription.Reading(2, 0));
        await SettleAsync();
        guest.Time.Advance(TimeSpan.FromSeconds(1));
        (await poll).Should().Equal(new Event(1, Errno.Success, 0, 0, 0));
        guest.Streams[0].PollsRunning.Should().Be(0, "the loser was cancelled and awaited");
    }

    [Fact]
    public async Task Poll_ReadingAndWritingOneDescriptor_AsksItOnceAtATime()
    {
        await using var guest = NewGuest();
        var stream = guest.Streams[1];
        stream.OnPoll = async (interest, cancellationToken) =>
        {
            interest.Should().Be(FileReadiness.Read | FileReadiness.Write);
            await Task.Yield();
            return FileReadiness.Write;
        };
        guest.Descriptors.TryGet(1, out var descriptor).Should().BeTrue();
        descriptor!.RightsBase |= Embedding.Descriptors.Rights.FdRead;
        (await PollAsync(guest, Subscription.Reading(1, 1), Subscription.Writing(2, 1))).Should().Equal(new Event(2, Errno.Success, 2, 1, 0));
        stream.MostPollsAtOnce.Should().Be(1);
    }

    [Theory, BothHalves]
    public async Task Poll_RegularFile_IsAlwaysReady(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file");
        var file = await guest.OpenAsync("file", 0, Rights.FdRead | Rights.FdWrite);
        (await PollAsync(guest, Subscription.Reading(5, file), Subscription.Timer(1, Monotonic, Millisecond, isAbsolute: false)))
            .Should().Equal(new Event(5, Errno.Success, 1, mode == HalfMode.Synchronous ? 0UL : 1, 0));
        (await PollAsync(guest, Subscription.Writing(5, file))).Should().Equal(new Event(5, Errno.Success, 2, 1, 0));
    }

    // witx event_fd_readwrite: "The number of bytes available for reading or writing". Linux says so of a file by FIONREAD; POSIX poll: regular files are
    // always ready, and never hang up.
    [Theory, BothHalves]
    public async Task Poll_File_TellsWhatIsBehindTheOffset(HalfMode mode)
    {
        await using var guest = new AbiGuest(mode);
        await guest.CreateAsync("file", "0123456789");
        var file = await guest.OpenAsync("file", 0, Rights.FdRead | Rights.FdSeek);
        foreach (var (offset, expected) in new[] { (0, 10UL), (7, 3UL), (10, 0UL), (1000, 0UL) })
        {
            await guest.SeekAsync(file, offset, 0);

            // What would have to be waited for is not: 1.
            (await PollAsync(guest, Subscription.Reading(5, file)))
                .Should().Equal(new Event(5, Errno.Success, 1, mode == HalfMode.Synchronous ? expected : 1, 0));
        }
    }

    // A pipe that has bytes tells how many; at its end it has none, and hangs up (POSIX poll, POLLHUP). What does not know how many says 1.
    [Theory]
    [InlineData(5L, 5UL, 0)]
    [InlineData(0L, 0UL, 1)]
    [InlineData(null, 1UL, 0)]
    [InlineData(-3L, 0UL, 1)]
    public async Task Poll_Stream_TellsWhatItKnows(long? available, ulong expected, ushort flags)
    {
        await using var guest = NewGuest();
        guest.Streams[0].KnownReadiness = FileReadiness.Read;
        guest.Streams[0].Available = available;
        (await PollAsync(guest, Subscription.Reading(1, 0))).Should().Equal(new Event(1, Errno.Success, 1, expected, flags));
        guest.WasSuspended.Should().BeFalse();
        guest.Streams[0].KnownReadiness = null;
        guest.Streams[0].Feed(1);
        (await PollAsync(guest, Subscription.Reading(1, 0))).Should().Equal(new Event(1, Errno.Success, 1, expected, flags));
        guest.WasSuspended.Should().BeTrue();
    }

    [Fact]
    public async Task Poll_Devices_TellWhatTheyAre()
    {
        await using var guest = NewGuest();
        (await PollAsync(guest, Subscription.Reading(1, await guest.OpenAsync("dev/null")))).Should().Equal(new Event(1, Errno.Success, 1, 0, 0));
        (await PollAsync(guest, Subscription.Reading(1, await guest.OpenAsync("dev/zero")))).Should().Equal(new Event(1, Errno.Success, 1, 1, 0));
    }

    [Fact]
    public async Task Poll_BadDescriptors_AreEventsOfTheirOwn()
    {
        await using var guest = NewGuest();
        (await PollAsync(guest, Subscription.Reading(1, 99), Subscription.Reading(2, AbiGuest.Root), Subscription.Writing(3, 0),
            Subscription.Timer(4, Monotonic, 1, false)))
            .Should().Equal(new Event(1, Errno.BadF, 1, 0, 0), new Event(2, Errno.BadF, 1, 0, 0), new Event(3, Errno.BadF, 2, 0, 0));
    }

    [Fact]
    public async Task Poll_HangUp_IsToldWithoutBytes()
    {
        await using var guest = NewGuest();
        guest.Streams[0].KnownReadiness = FileReadiness.HangUp;
        (await PollAsync(guest, Subscription.Reading(1, 0))).Should().Equal(new Event(1, Errno.Success, 1, 0, 1));
        guest.Streams[0].KnownReadiness = FileReadiness.HangUp | FileReadiness.Read;
        (await PollAsync(guest, Subscription.Reading(1, 0))).Should().Equal(new Event(1, Errno.Success, 1, 1, 1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Poll_HandleThrows_IsAnEventAndOneDiagnosticsEntry(bool hasOtherWinner)
    {
        await using var guest = NewGuest();
        guest.Streams[0].OnPoll = async (_, _) =>
        {
            await Task.Yield();
            throw new IOException("cable cut");
        };
        guest.Streams[1].OnPoll = (interest, _) => new(interest);
        var events = await PollAsync(guest, hasOtherWinner
            ? [Subscription.Reading(1, 0), Subscription.Reading(2, 0), Subscription.Writing(3, 1)]
            : [Subscription.Reading(1, 0), Subscription.Reading(2, 0)]);
        events.Take(2).Should().Equal(new Event(1, Errno.IO, 1, 0, 0), new Event(2, Errno.IO, 1, 0, 0));
        events.Should().HaveCount(hasOtherWinner ? 3 : 2);
        var entry = guest.Diagnostics.Entries.Should().ContainSingle().Subject;
        (entry.Function, entry.Path, entry.Exception.Message).Should().Be(("poll_oneoff", "/dev/std0", "cable cut"));
    }

    [Fact]
    public async Task Poll_HandleEndsItsWaitWithNothing_IsReportedAndDoesNotSpin()
    {
        await using var guest = NewGuest();
        guest.Streams[0].OnPoll = (_, _) => new(FileReadiness.None);
        (await PollAsync(guest, Subscription.Reading(1, 0))).Should().Equal(new Event(1, Errno.IO, 1, 0, 0));
        guest.Diagnostics.Entries.Should().ContainSingle();
    }

    [Fact]
    public async Task Poll_CancelledWithTheGuest_Throws()
    {
        await using var guest = NewGuest();
        using var end = new CancellationTokenSource();
        guest.CancellationToken = end.Token;
        var poll = PollAsync(guest, Subscription.Reading(1, 0));
        await end.CancelAsync();
        await poll.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        guest.Streams[0].PollsRunning.Should().Be(0);
        guest.Diagnostics.Entries.Should().BeEmpty();
    }

    [Fact]
    public async Task Poll_EventsOverTheSubscriptions_AreWrittenFromCopies()
    {
        await using var guest = NewGuest();
        var subscriptions = guest.Memory.Put([.. Subscription.Timer(1, Monotonic, 0, false).ToBytes(0),
            .. Subscription.Timer(2, Monotonic, 0, false).ToBytes(0)]);
        var result = guest.Memory.Allocate(4);
        (await guest.CallAsync("poll_oneoff", subscriptions, subscriptions, 2, result)).Should().Be(Errno.Success);
        (guest.Memory.U64(subscriptions), guest.Memory.U64(subscriptions + 32), guest.Memory.U32(result)).Should().Be((1UL, 2UL, 2U));
        guest.ShouldHaveChangedOnly((subscriptions, 64), (result, 4));
    }

    [Fact]
    public async Task Poll_BadArguments_Fail()
    {
        await using var guest = NewGuest();
        (await guest.CallAsync("poll_oneoff", 0, 0, 0, 0)).Should().Be(Errno.Inval);
        (await guest.CallAsync("poll_oneoff", 0, 0, 65_537, 0)).Should().Be(Errno.Inval);
        var bad = Subscription.Reading(1, 0).ToBytes(0);
        bad[8] = 3;
        (await guest.CallAsync("poll_oneoff", guest.Memory.Put(bad), guest.Memory.Allocate(32), 1, guest.Memory.Allocate(4))).Should().Be(Errno.Inval);
    }

    [Fact]
    public async Task Poll_ManyClocks_WakesForTheEarliest()
    {
        await using var guest = NewGuest();
        var poll = PollAsync(guest,
            [.. Enumerable.Range(0, 500)
            .Select(index => Subscription.Timer((ulong)index, Monotonic, (ulong)(1_000 - index) * Millisecond, isAbsolute: false))]);
        guest.Time.Advance(TimeSpan.FromMilliseconds(502));
        (await poll).Select(happened => happened.UserData).Should().Equal(498, 499);
    }

    private static AbiGuest NewGuest() => new(HalfMode.Synchronous);

    // Lets continuations that are ready run; what they do does not depend on how long this takes.
    private static async Task SettleAsync()
    {
        for (var round = 0; round < 20; round++) await Task.Yield();
    }

    private static async Task<List<Event>> PollAsync(AbiGuest guest, params Subscription[] subscriptions)
    {
        guest.Memory.Reuse();
        var clock = guest.Module == Preview1Functions.Snapshot0Module ? 24 : 16;
        var source = guest.Memory.Put([.. subscriptions.SelectMany(subscription => subscription.ToBytes(clock - 16))]);
        var (events, result) = (guest.Memory.Allocate(subscriptions.Length * 32), guest.Memory.Allocate(4));
        (await guest.CallAsync("poll_oneoff", source, events, (ulong)subscriptions.Length, result)).Should().Be(Errno.Success);
        var count = guest.Memory.U32(result);
        guest.ShouldHaveChangedOnly((events, count * 32), (result, 4));
        return [.. Enumerable.Range(0, (int)count).Select(index => Event.Read(guest.Memory, events + ((uint)index * 32)))];
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Event(ulong UserData, Errno Error, byte Type, ulong Bytes, ushort Flags)
    {
        public static Event Read(NativeGuestMemory memory, uint address) => new(
            memory.U64(address), (Errno)memory.U16(address + 8), memory.Bytes[(int)address + 10], memory.U64(address + 16), memory.U16(address + 24));
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Subscription(ulong UserData, byte Type, uint Id, ulong Timeout, bool IsAbsolute)
    {
        public static Subscription Timer(ulong userData, uint clock, ulong timeout, bool isAbsolute) => new(userData, 0, clock, timeout, isAbsolute);

        public static Subscription Reading(ulong userData, uint descriptor) => new(userData, 1, descriptor, 0, false);

        public static Subscription Writing(ulong userData, uint descriptor) => new(userData, 2, descriptor, 0, false);

        // Snapshot 0 has 8 more bytes in front of the clock.
        public byte[] ToBytes(int shift)
        {
            var bytes = new byte[48 + shift];
            var body = bytes.AsSpan(Type == 0 ? 16 + shift : 16);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, UserData);
            bytes[8] = Type;
            BinaryPrimitives.WriteUInt32LittleEndian(body, Id);
            if (Type != 0) return bytes;
            BinaryPrimitives.WriteUInt64LittleEndian(body[8..], Timeout);
            BinaryPrimitives.WriteUInt16LittleEndian(body[24..], IsAbsolute ? (ushort)1 : (ushort)0);
            return bytes;
        }
    }
}
