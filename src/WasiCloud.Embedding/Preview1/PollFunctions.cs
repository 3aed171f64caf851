using System.Buffers.Binary;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Guests;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary><c>poll_oneoff</c>.</summary>
internal static class PollFunctions
{
    /// <summary>Subscriptions in one call; POSIX <c>poll</c> has such a limit too, with the same <see cref="Errno.Inval"/>.</summary>
    public const uint MaxSubscriptions = 65_536;

    private const int EventSize = 32;
    private const byte ClockEvent = 0;
    private const byte ReadEvent = 1;
    private const byte WriteEvent = 2;
    private const ushort AbsoluteTime = 1;
    private const ushort HangUp = 1;

    public static HostCallOutcome Begin(Preview1Context guest, in CallArguments arguments) => Begin(guest, arguments, PollLayout.Preview1);

    public static HostCallOutcome BeginSnapshot0(Preview1Context guest, in CallArguments arguments) => Begin(guest, arguments, PollLayout.Snapshot0);

    public static ValueTask<Errno> WaitAsync(Preview1Context guest, CallArguments arguments, Suspension suspension) =>
        WaitAsync(guest, arguments, PollLayout.Preview1, suspension);

    public static ValueTask<Errno> WaitSnapshot0Async(Preview1Context guest, CallArguments arguments, Suspension suspension) =>
        WaitAsync(guest, arguments, PollLayout.Snapshot0, suspension);

    private static HostCallOutcome Begin(Preview1Context guest, in CallArguments arguments, PollLayout layout)
    {
        var subscriptions = guest.Polled;
        try
        {
            var error = Decode(guest, arguments, layout, subscriptions);
            if (error != Errno.Success) return error;
            if (!Poll.TryComplete(subscriptions, guest.Clock)) return HostCallOutcome.MustWait;
            return WriteEvents(guest, arguments, subscriptions);
        }
        finally
        {
            subscriptions.Return();
        }
    }

    private static async ValueTask<Errno> WaitAsync(Preview1Context guest, CallArguments arguments, PollLayout layout, Suspension suspension)
    {
        var subscriptions = guest.Polled;
        try
        {
            var error = Decode(guest, arguments, layout, subscriptions);
            if (error != Errno.Success) return error;
            await Poll.WaitAsync(subscriptions, guest.Clock, suspension.CancellationToken).ConfigureAwait(false);
            for (var index = 0; index < subscriptions.Count; index++)
            {
                if (subscriptions[index] is { Failure: { } failure, Descriptor: { } descriptor })
                    guest.Diagnostics.HostCallFailed("poll_oneoff", descriptor.Path, failure);
            }

            return WriteEvents(guest, arguments, subscriptions);
        }
        finally
        {
            subscriptions.Return();
        }
    }

    private static Errno Decode(Preview1Context guest, in CallArguments arguments, PollLayout layout, PollSubscriptions subscriptions)
    {
        var count = arguments.U32(2);
        if (count is 0 or > MaxSubscriptions) return Errno.Inval;
        if (!guest.Memory.TryGetSpan(arguments.U32(0), count * (uint)layout.Size, out var source)) return Errno.Fault;
        if (!guest.Memory.Contains(arguments.U32(1), (ulong)count * EventSize) || !guest.Memory.Contains(arguments.U32(3), sizeof(uint))) return Errno.Fault;
        subscriptions.Rent((int)count);
        for (var index = 0; index < subscriptions.Count; index++)
        {
            var error = DecodeOne(guest, source.Slice(index * layout.Size, layout.Size), layout, ref subscriptions[index]);
            if (error != Errno.Success) return error;
        }

        return Errno.Success;
    }

    private static Errno DecodeOne(Preview1Context guest, ReadOnlySpan<byte> source, PollLayout layout, ref PollSubscription subscription)
    {
        // The two arrays may overlap: what is still needed of the first is taken before the second is written.
        (subscription.UserData, subscription.Type) = (BinaryPrimitives.ReadUInt64LittleEndian(source), source[8]);
        switch (subscription.Type)
        {
            case ClockEvent:
                DecodeClock(guest.Clock, source[layout.Clock..], ref subscription);
                return Errno.Success;
            case ReadEvent or WriteEvent:
                DecodeHandle(guest, source, ref subscription);
                return Errno.Success;
            default:
                return Errno.Inval;
        }
    }

    private static void DecodeHandle(Preview1Context guest, ReadOnlySpan<byte> source, ref PollSubscription subscription)
    {
        var isRead = source[8] == ReadEvent;
        subscription.Interest = isRead ? FileReadiness.Read : FileReadiness.Write;
        if (!guest.Descriptors.TryGet(BinaryPrimitives.ReadUInt32LittleEndian(source[16..]), out var descriptor)
            || descriptor.CheckTransfer(isRead ? Rights.FdRead : Rights.FdWrite) != Errno.Success)
        {
            // One bad descriptor is an event of its own, not a failure of the call.
            subscription.Error = Errno.BadF;
            return;
        }

        subscription.Descriptor = descriptor;
        guest.Concerns(descriptor);
    }

    private static void DecodeClock(GuestClock clock, ReadOnlySpan<byte> source, ref PollSubscription subscription)
    {
        var id = BinaryPrimitives.ReadUInt32LittleEndian(source);
        var time = BinaryPrimitives.ReadUInt64LittleEndian(source[8..]);
        var timeout = (long)Math.Min(time, long.MaxValue);
        var isAbsolute = (BinaryPrimitives.ReadUInt16LittleEndian(source[24..]) & AbsoluteTime) != 0;
        var now = clock.MonotonicNanoseconds;
        switch (id)
        {
            case ClockFunctions.Monotonic when isAbsolute:
                subscription.Deadline = timeout;
                break;
            case ClockFunctions.Realtime when isAbsolute:
                subscription.Deadline = AddSaturated(now, Until(time, clock.RealtimeNanoseconds));
                break;
            case ClockFunctions.Monotonic or ClockFunctions.Realtime:
                subscription.Deadline = AddSaturated(now, timeout);
                break;
            default:
                // CPU clocks cannot be waited for (POSIX clock_nanosleep: ENOTSUP, and EINVAL for what is no clock).
                subscription.Error = ClockFunctions.IsClock(id) ? Errno.NotSup : Errno.Inval;
                break;
        }
    }

    // What is over needs no more than to be over.
    private static long Until(ulong time, ulong now) => time <= now ? 0 : (long)Math.Min(time - now, long.MaxValue);

    private static long AddSaturated(long now, long delta) => delta > long.MaxValue - now ? long.MaxValue : now + delta;

    private static Errno WriteEvents(Preview1Context guest, in CallArguments arguments, PollSubscriptions subscriptions)
    {
        Poll.Count(subscriptions);
        var count = 0u;
        for (var index = 0; index < subscriptions.Count; index++)
        {
            if (!subscriptions[index].IsReady) continue;
            guest.Memory.TryGetWritable(arguments.U32(1) + (count++ * EventSize), EventSize, out var destination);
            WriteEvent(destination, subscriptions[index]);
        }

        return guest.Memory.WriteU32(arguments.U32(3), count);

        static void WriteEvent(Span<byte> destination, in PollSubscription subscription)
        {
            destination.Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(destination, subscription.UserData);
            BinaryPrimitives.WriteUInt16LittleEndian(destination[8..], (ushort)subscription.Error);
            destination[10] = subscription.Type;
            if (subscription.Handle is null || subscription.Error != Errno.Success) return;

            // FIONREAD of wasi-libc is this count.
            BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], subscription.AvailableBytes);
            if ((subscription.Readiness & FileReadiness.HangUp) != 0) BinaryPrimitives.WriteUInt16LittleEndian(destination[24..], HangUp);
        }
    }
}
