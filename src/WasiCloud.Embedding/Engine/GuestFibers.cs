using System.Runtime.CompilerServices;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Preview1;

namespace WasiCloud.Embedding.Engine;

/// <summary>
/// The <c>Fibers</c> executor: a guest runs on the thread that wants it until it waits, or has computed for a tick of the epoch; then the thread is free. It goes on on any thread of the pool, when
/// what it waits for has completed.
/// Nothing but this library's own code runs on a fiber: host calls that wait, and functions of the application, are carried out after the guest was left.
/// </summary>
internal sealed class GuestFibers(FiberStacks stacks)
{
    // Pool threads are tried first, then new ones, whose stacks Linux maps into the range that was kept free for them.
    private const int PoolAttempts = 16;
    private const int ThreadAttempts = 16;

    /// <summary>Runs a command.</summary>
    /// <returns>How it ended. Completes on whatever thread the guest ended on.</returns>
    public async Task<GuestOutcome> RunAsync(GuestStore store, long deadline, long fuel)
    {
        var entry = new GuestEntry(NoWaiter.Instance, deadline, fuel);
        using var fiber = new GuestFiber(store, stacks);
        fiber.BeginInstantiation(fuel);
        await RunToEndAsync(fiber, entry).ConfigureAwait(false);
        var outcome = fiber.TakeOutcome();
        if (!outcome.Succeeded || !fiber.TryBeginStart()) return GuestOutcome.Of(outcome, store);
        await RunToEndAsync(fiber, entry).ConfigureAwait(false);
        return GuestOutcome.Of(fiber.TakeOutcome(), store);
    }

    private async ValueTask RunToEndAsync(GuestFiber fiber, GuestEntry entry)
    {
        while (true)
        {
            if (!stacks.AreBelowThisThread) await FindThreadAsync().ConfigureAwait(false);
            if (fiber.Poll(entry)) return;
            if (fiber.IsWaiting) await fiber.CompleteHostCallAsync(fiber.Store.CancellationToken).ConfigureAwait(false);
            else await new ThreadHop(isPool: true);
        }
    }

    // A thread whose stack lies below the fibers' must not poll; others may.
    private async ValueTask FindThreadAsync()
    {
        for (var attempt = 0; attempt < PoolAttempts + ThreadAttempts; attempt++)
        {
            await new ThreadHop(isPool: attempt < PoolAttempts);
            if (stacks.AreBelowThisThread) return;
        }

        throw new InvalidOperationException("No thread has its stack above those of the guests, as the Fibers executor needs: set WasiCloudOptions.Execution to Threads.");
    }

    // Goes on on another thread.
    private readonly struct ThreadHop(bool isPool) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => false;

        public ThreadHop GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation)
        {
            if (isPool) ThreadPool.UnsafeQueueUserWorkItem(static action => action(), continuation, preferLocal: false);
            else new Thread(() => continuation()) { IsBackground = true, Name = "WasiCloud guest" }.UnsafeStart();
        }
    }

    // On a fiber no host call waits in place.
    private sealed class NoWaiter : IPendingCallWaiter
    {
        public static NoWaiter Instance { get; } = new();

        public FileSystem.Errno Wait(HostFunction function, GuestContext guest, in CallArguments arguments, CancellationToken cancellationToken) =>
            throw new InvalidOperationException($"{function.Name} was called on a fiber by a way that cannot leave it.");
    }
}
