namespace WasiCloud.Embedding.KeyValue;

/// <summary>Wakes watchers. Not thread-safe; the backend's lock guards it.</summary>
internal sealed class CommitSignal
{
    // Exists only while somebody waits, so that commits without watchers allocate nothing.
    private TaskCompletionSource? _next;

    /// <summary>A task that the next <see cref="Raise"/> completes.</summary>
    public Task Next => (_next ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Raise()
    {
        _next?.SetResult();
        _next = null;
    }
}
