using System.Runtime.CompilerServices;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Engine.Fibers;

/// <summary>
/// The <c>Fibers</c> executor: a guest runs on the thread that wants it until it waits, or has computed for a tick of the epoch; then the thread is free. It
/// continues on any thread of the pool, when what it waits for has completed. Nothing but this library's own code runs on a fiber: host calls that wait, and
/// functions of the application, are carried out after the guest was left.
/// </summary>
/// <param name="stacks">Where the stacks of the fibers lie.</param>
/// <param name="home">A thread above them.</param>
internal sealed class GuestFibers(FiberStacks stacks, FiberHome home) : IDisposable
{
    // For how long a guest may compute before others have its thread.
    private static readonly long s_tick = (long)EpochTicker.Interval.TotalMilliseconds;

    public void Dispose() => home.Dispose();

    /// <summary>Runs a command.</summary>
    /// <returns>How it ended. Completes on whatever thread the guest ended on.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<GuestOutcome> RunAsync(GuestStore store, long deadline, long fuel)
    {
        var turn = store.Turn;
        if (!turn.TryBegin()) await turn.WaitAsync();
        try
        {
            if (store.CancellationToken.IsCancellationRequested) return GuestOutcome.Interrupted(new OperationCanceledException(store.CancellationToken));
            var outcome = await RunInPlaceAsync(store, new GuestEntry(NoWaiter.Instance, deadline, fuel)).ConfigureAwait(false);
            return outcome with { CpuTime = turn.Meter.Total };
        }
        finally
        {
            turn.End();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<GuestOutcome> RunInPlaceAsync(GuestStore store, GuestEntry entry)
    {
        using var fiber = store.OpenFiber(stacks);
        fiber.BeginInstantiation(entry.Fuel);
        await RunToEndAsync(fiber, entry).ConfigureAwait(false);
        var outcome = fiber.TakeOutcome();
        if (!outcome.Succeeded || !fiber.TryBeginStart()) return GuestOutcome.Of(outcome, store);
        await RunToEndAsync(fiber, entry).ConfigureAwait(false);
        return GuestOutcome.Of(fiber.TakeOutcome(), store);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunToEndAsync(GuestFiber fiber, GuestEntry entry)
    {
        var turn = fiber.Store.Turn;
        var isTicking = false;
        var started = Environment.TickCount64;
        while (true)
        {
            if (!stacks.AreBelowThisThread) await new ThreadHop(home);
            turn.Start(isTicking);
            var hasEnded = fiber.Poll(entry);
            fiber.TellObserver();
            isTicking = !fiber.IsWaiting;
            if (!isTicking && !hasEnded)
            {
                await CompleteHostCallAsync(fiber, turn).ConfigureAwait(false);
                continue;
            }

            turn.StopMeter();
            if (hasEnded) return;

            // Left for its observer, which was told, and not for a tick of the epoch: the thread need not serve others first.
            if (fiber.Store.TakeLeavesSoon() && Environment.TickCount64 - started < s_tick) continue;
            if (turn.MustWait())
            {
                turn.Leave();
                await turn.WaitAsync();
            }
            else await new ThreadHop(home: null);
            started = Environment.TickCount64;
        }
    }

    // What is done at once is computing; what has to wait is not, and application code may wait for another guest.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask CompleteHostCallAsync(GuestFiber fiber, ComputeTurn turn)
    {
        var keepsPlace = !fiber.IsInImport;
        if (!keepsPlace) turn.Leave();
        var completion = fiber.CompleteHostCallAsync(fiber.Store.CancellationToken);
        keepsPlace &= completion.IsCompleted;
        turn.StopMeter();
        if (!keepsPlace) turn.Leave();
        await completion.ConfigureAwait(false);
        if (!keepsPlace)
        {
            turn.Meter.NoteWoken();
            if (!turn.TryEnter()) await turn.WaitAsync();
        }

        var uncounted = fiber.Store.Guest.TakeUncounted();
        if (uncounted > 0) turn.NoteUncounted(uncounted);
        if (!turn.Meter.IsExceeded) return;
        fiber.Store.HostException = fiber.Store.HostException is { } exception ? turn.ReasonOf(exception) : turn.LimitExceeded();
    }

    // Continues on the thread above the fibers, or on one of the pool's.
    private readonly struct ThreadHop(FiberHome? home) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => false;

        public ThreadHop GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation)
        {
            if (home is not null) home.Post(continuation);
            else ThreadPool.UnsafeQueueUserWorkItem(static action => action(), continuation, preferLocal: false);
        }
    }

    // On a fiber no host call waits in place.
    private sealed class NoWaiter : IPendingCallWaiter
    {
        public static NoWaiter Instance { get; } = new();

        public FileSystem.Errno Wait(HostFunction function, HostCallContext guest, in CallArguments arguments, CancellationToken cancellationToken) =>
            throw new InvalidOperationException($"{function.Name} was called on a fiber by a way that cannot leave it.");

        public void Wait(GuestImport import, GuestStore store, GuestSlot[] slots, CancellationToken cancellationToken) =>
            throw new InvalidOperationException($"{import} was called on a fiber by a way that cannot leave it.");

        public void WaitForPlace(GuestStore store) => throw new InvalidOperationException("A guest on a fiber leaves it to wait.");
    }
}
