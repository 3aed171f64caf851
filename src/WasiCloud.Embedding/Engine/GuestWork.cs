namespace WasiCloud.Embedding.Engine;

/// <summary>A run on its way to a thread, and its outcome on the way back.</summary>
internal sealed class GuestWork(GuestRun run) : TaskCompletionSource<GuestOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public void Execute(IPendingCallWaiter waiter)
    {
        try
        {
            SetResult(run.Execute(waiter));
        }
        catch (Exception exception)
        {
            SetException(exception);
        }
    }
}
