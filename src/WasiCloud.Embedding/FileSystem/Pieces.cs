using System.Buffers;
using System.Diagnostics;

namespace WasiCloud.Embedding.FileSystem;

/// <summary>Does what takes long in pieces of <see cref="TransferSize.PieceBytes"/>.</summary>
internal static class Pieces
{
    /// <summary>Of a listing, between two looks at whether the guest is to end.</summary>
    public const int EntriesInARow = 256;

    [ThreadStatic]
    private static bool t_isGuests;

    // Whose call this thread carries out, and since when if nothing else counts that.
    [ThreadStatic]
    private static IPieceMeter? t_meter;
    [ThreadStatic]
    private static long t_started;

    /// <summary>
    /// Whether this thread runs guests and nothing else, one at a time. Other threads belong to the pool, to whoever invoked a guest, or to all fibers.
    /// </summary>
    public static bool IsOnGuestThread => t_isGuests;

    /// <summary>Tells that this thread runs guests and nothing else.</summary>
    public static void EnterGuestThread() => t_isGuests = true;

    /// <summary>This thread begins to carry out a guest's call. Until <see cref="Leave"/>, whoever called counts what that takes.</summary>
    public static void Enter(IPieceMeter meter) => (t_meter, t_started) = (meter, 0);

    /// <summary>This thread is done with the call for now: it has ended, or goes on elsewhere.</summary>
    public static void Leave()
    {
        if (t_started != 0) t_meter?.Count(Stopwatch.GetTimestamp() - t_started);
        (t_meter, t_started) = (null, 0);
    }

    /// <summary>Between two pieces: looks whether the guest is to end, and gives a thread that is not the guest's own to others.</summary>
    /// <exception cref="OperationCanceledException">The guest is to end.</exception>
    public static PieceBreak PauseAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var meter = t_meter;
        if (t_started != 0)
        {
            // What comes next may come to this thread again: whoever awaits finds it done if another thread was quick.
            var now = Stopwatch.GetTimestamp();
            meter?.Count(now - t_started);
            t_started = now;
        }

        if (meter is not null && meter.LookWhetherToStop()) throw new OperationCanceledException(cancellationToken);
        return new PieceBreak(isNeeded: !t_isGuests, meter);
    }

    /// <summary>A call goes on, on this thread of the pool. What it computes is counted until it waits or has ended.</summary>
    public static void GoOn(IPieceMeter? meter, Action continuation)
    {
        (t_meter, t_started) = (meter, Stopwatch.GetTimestamp());
        continuation();
        Leave();
    }

    /// <summary>Copies everything.</summary>
    /// <exception cref="OperationCanceledException">The guest is to end; a part was copied.</exception>
    public static async ValueTask CopyAsync(ReadOnlySequence<byte> source, Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (source.Length > TransferSize.PieceBytes)
        {
            source.Slice(0, TransferSize.PieceBytes).CopyTo(destination.Span);
            source = source.Slice(TransferSize.PieceBytes);
            destination = destination[TransferSize.PieceBytes..];
            await PauseAsync(cancellationToken).ConfigureAwait(false);
        }

        source.CopyTo(destination.Span);
    }
}
