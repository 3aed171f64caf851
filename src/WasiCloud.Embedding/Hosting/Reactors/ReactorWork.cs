using WasiCloud.Embedding.Engine.Execution;

namespace WasiCloud.Embedding.Hosting.Reactors;

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
