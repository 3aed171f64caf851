namespace WasiCloud.Embedding.KeyValue;

/// <summary>Wakes watchers. Thread-safe.</summary>
internal sealed class CommitSignal
{
    private TaskCompletionSource _next = New();

    /// <summary>A task that the next <see cref="Raise"/> completes. Take it before looking for changes, so that none is missed.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Raise() => Interlocked.Exchange(ref _next, New()).SetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
