using System.Threading.Tasks.Sources;

namespace WasiCloud.Embedding.Engine;

/// <summary>A command on its way to a thread, and its outcome on the way back. Serves one guest of the store after another.</summary>
internal sealed class GuestWork(GuestStore store) : IGuestWork, IValueTaskSource<GuestOutcome>
{
    private ManualResetValueTaskSourceCore<GuestOutcome> _outcome = new() { RunContinuationsAsynchronously = true };
    private long _deadline;
    private long _fuel;

    /// <summary>Begins with a guest. Its outcome must have been awaited before the next one.</summary>
    public ValueTask<GuestOutcome> Begin(long deadline, long fuel)
    {
        (_deadline, _fuel) = (deadline, fuel);
        _outcome.Reset();
        return new ValueTask<GuestOutcome>(this, _outcome.Version);
    }

    public void Execute(IPendingCallWaiter waiter)
    {
        try
        {
            _outcome.SetResult(store.Execute(new GuestEntry(waiter, _deadline, _fuel)));
        }
        catch (Exception exception)
        {
            _outcome.SetException(exception);
        }
    }

    GuestOutcome IValueTaskSource<GuestOutcome>.GetResult(short token) => _outcome.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<GuestOutcome>.GetStatus(short token) => _outcome.GetStatus(token);

    void IValueTaskSource<GuestOutcome>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _outcome.OnCompleted(continuation, state, token, flags);
}
