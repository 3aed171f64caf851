using System.Threading.Tasks.Sources;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>A command on its way to a thread, and its outcome on the way back. Serves one guest of the store after another.</summary>
internal sealed class GuestWork(GuestStore store) : IGuestWork, IValueTaskSource<GuestOutcome>
{
    private ManualResetValueTaskSourceCore<GuestOutcome> _outcome = new() { RunContinuationsAsynchronously = true };
    private GuestThreads _threads = null!;
    private Action? _start;
    private long _deadline;
    private long _fuel;

    /// <summary>Begins with a guest. Its outcome must have been awaited before the next one.</summary>
    public ValueTask<GuestOutcome> Begin(long deadline, long fuel)
    {
        (_deadline, _fuel) = (deadline, fuel);
        _outcome.Reset();
        return new ValueTask<GuestOutcome>(this, _outcome.Version);
    }

    /// <summary>Goes to a thread when there is a place to compute, or back when the guest is to end before it has begun.</summary>
    public void WaitForPlace(GuestThreads threads)
    {
        _threads = threads;
        store.Turn.Wait(_start ??= Start);
    }

    public void Execute(IPendingCallWaiter waiter)
    {
        try
        {
            var outcome = Execute(new GuestEntry(waiter, _deadline, _fuel));
            _outcome.SetResult(outcome with { CpuTime = store.Turn.Meter.Total });
        }
        catch (Exception exception)
        {
            _outcome.SetException(exception);
        }
    }

    GuestOutcome IValueTaskSource<GuestOutcome>.GetResult(short token) => _outcome.GetResult(token);

    // Another thread may be done with the guest before whoever began it on a thread that gives places on has come to wait for it. What follows is not for that
    // thread, which belongs to another guest or to all; a continuation goes to the pool.
    ValueTaskSourceStatus IValueTaskSource<GuestOutcome>.GetStatus(short token) =>
        ComputeGate.IsDistributing ? ValueTaskSourceStatus.Pending : _outcome.GetStatus(token);

    void IValueTaskSource<GuestOutcome>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _outcome.OnCompleted(continuation, state, token, flags);

    private GuestOutcome Execute(in GuestEntry entry)
    {
        store.Turn.Start();
        try
        {
            return store.Execute(entry);
        }
        finally
        {
            GuestThread.PassOn(store.Turn);
        }
    }

    // On whatever thread made place: throws nothing.
    private void Start()
    {
        if (store.CancellationToken.IsCancellationRequested)
        {
            store.Turn.Leave();
            _outcome.SetResult(GuestOutcome.Interrupted(new OperationCanceledException(store.CancellationToken)));
            return;
        }

        try
        {
            _threads.Run(this);
        }
        catch (Exception exception)
        {
            store.Turn.Leave();
            _outcome.SetException(exception);
        }
    }
}
