namespace WasiCloud.Embedding.FileSystem;

/// <summary>Takes results that are there already.</summary>
internal static class CompletedTask
{
    /// <summary>Gets the result, or throws what the operation threw.</summary>
    /// <exception cref="InvalidOperationException">It has not completed: a node that claims to be synchronous waited.</exception>
    public static T Take<T>(ValueTask<T> task)
    {
        if (!task.IsCompleted) throw new InvalidOperationException("A synchronous node waited.");
#pragma warning disable VSTHRD002 // It has completed, so nothing is waited for.
        return task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }
}
