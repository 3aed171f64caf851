namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>Something to do on a guest's thread.</summary>
internal interface IGuestWork
{
    /// <summary>Does it. Throws nothing.</summary>
    /// <param name="waiter">The thread's own.</param>
    void Execute(IPendingCallWaiter waiter);
}
