namespace WasiCloud.Embedding;

/// <summary>Lets somebody wait until a condition holds that others bring about. Thread-safe.</summary>
internal sealed class Signal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _raised = New();

    /// <summary>Something has changed: all who wait look again.</summary>
    public void Raise()
    {
        TaskCompletionSource raised;
        lock (_lock) (raised, _raised) = (_raised, New());
        raised.SetResult();
    }

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">Looks; whoever makes it true calls <see cref="Raise"/> afterwards.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task WaitAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task raised;
            lock (_lock) raised = _raised.Task;

            // In this order: what becomes true after the look raises the task that was taken before it.
            if (condition()) return;
            await raised.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
