using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;

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

    /// <summary>Whether this thread runs guests and nothing else, one at a time. Other threads belong to the pool, to whoever invoked a guest, or to all fibers.</summary>
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
    public static async ValueTask PauseAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var meter = t_meter;
        if (!t_isGuests) Leave();
        if (meter is not null && meter.LookWhetherToStop()) throw new OperationCanceledException(cancellationToken);
        if (!t_isGuests) await new ThreadYield(meter);
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

    // To the pool, and not to the context of whoever invoked the guest. What goes on there is counted until it waits or has ended.
    private readonly struct ThreadYield(IPieceMeter? meter) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => false;

        public ThreadYield GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation) => ThreadPool.UnsafeQueueUserWorkItem(Run, (meter, continuation), preferLocal: false);

        private static void Run((IPieceMeter? Meter, Action Continuation) call)
        {
            (t_meter, t_started) = (call.Meter, Stopwatch.GetTimestamp());
            call.Continuation();
            Leave();
        }
    }
}
