namespace WasiCloud.Embedding.Engine;

/// <summary>A command on its way to a thread, and its outcome on the way back.</summary>
internal sealed class GuestWork(GuestStore store, long deadline, long fuel)
    : TaskCompletionSource<GuestOutcome>(TaskCreationOptions.RunContinuationsAsynchronously), IGuestWork
{
    public void Execute(IPendingCallWaiter waiter)
    {
        try
        {
            SetResult(store.Execute(new GuestEntry(waiter, deadline, fuel)));
        }
        catch (Exception exception)
        {
            SetException(exception);
        }
    }
}
