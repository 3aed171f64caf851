namespace WasiCloud.Embedding.KeyValue.Locks;

/// <summary>Whose turn it is within this process, for each lock: one at a time, the others in the order in which they came. Thread-safe.</summary>
internal sealed class LockTurns
{
    private readonly Lock _lock = new();

    // A key is there while it is somebody's turn; the list is made for the first who waits.
    private readonly Dictionary<string, LinkedList<TaskCompletionSource<LockTurn>>?> _waiters = new(StringComparer.Ordinal);

    /// <summary>Takes the turn if it is nobody's.</summary>
    public bool TryTake(string key)
    {
        lock (_lock) return _waiters.TryAdd(key, null);
    }

    /// <summary>Waits for the turn.</summary>
    /// <returns>The turn; it must be passed on by <see cref="TryPass"/> or <see cref="Pass"/>. Cancelled, there is none.</returns>
    public ValueTask<LockTurn> TakeAsync(string key, CancellationToken cancellationToken)
    {
        TaskCompletionSource<LockTurn> waiter;
        lock (_lock)
        {
            if (_waiters.TryAdd(key, null)) return default;
            waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
            (_waiters[key] ??= new()).AddLast(waiter);
        }

        return WaitAsync(key, waiter, cancellationToken);
    }

    /// <summary>Gives the turn with its lease to the next who waits.</summary>
    /// <returns>Whether somebody waits; if not, the turn stays the caller's.</returns>
    public bool TryPass(string key, LockTurn turn)
    {
        lock (_lock)
        {
            if (_waiters[key] is not { First: { } next } waiters) return false;
            waiters.Remove(next);
            next.Value.SetResult(turn);
            return true;
        }
    }

    /// <summary>Gives the turn to the next who waits, or to nobody.</summary>
    public void Pass(string key, LockTurn turn)
    {
        lock (_lock)
        {
            if (!TryPass(key, turn)) _waiters.Remove(key);
        }
    }

    private async ValueTask<LockTurn> WaitAsync(string key, TaskCompletionSource<LockTurn> waiter, CancellationToken cancellationToken)
    {
        var registration = cancellationToken.UnsafeRegister(_ => Leave(key, waiter, cancellationToken), null);
        await using (registration.ConfigureAwait(false)) return await waiter.Task.ConfigureAwait(false);
    }

    // A waiter that has got the turn meanwhile keeps it, and its wait ends as if it had not been cancelled.
    private void Leave(string key, TaskCompletionSource<LockTurn> waiter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_waiters.TryGetValue(key, out var waiters) && waiters?.Remove(waiter) == true) waiter.SetCanceled(cancellationToken);
        }
    }
}
