using WasiCloud.Embedding.Engine;

namespace WasiCloud.Embedding.Hosting;

/// <summary>Something that an instance does on a guest thread.</summary>
internal sealed class ReactorWork(Action work) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), IGuestWork
{
    public void Execute(IPendingCallWaiter waiter)
    {
        try
        {
            work();
            SetResult();
        }
        catch (Exception exception)
        {
            SetException(exception);
        }
    }
}
