namespace WasiCloud.Embedding.Waiting;

/// <summary>Wakes those who wait for something to be different. Thread-safe.</summary>
internal sealed class ChangeSignal
{
    // Exists only while somebody waits.
    private TaskCompletionSource? _next;

    /// <summary>A task that the next <see cref="Raise"/> completes. Take it before looking, so that nothing is missed.</summary>
    public Task Next
    {
        get
        {
            var next = Volatile.Read(ref _next);
            if (next is not null) return next.Task;
            next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return (Interlocked.CompareExchange(ref _next, next, null) ?? next).Task;
        }
    }

    public void Raise() => Interlocked.Exchange(ref _next, null)?.SetResult();
}
