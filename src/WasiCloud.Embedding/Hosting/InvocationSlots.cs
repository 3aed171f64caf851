using System.Diagnostics;

namespace WasiCloud.Embedding.Hosting;

/// <summary>
/// How many guests may run at one time, and the queue for the others: in the order of arrival for one module, and in turn for several, so that a module with many callers does not keep those of another
/// waiting. A guest takes as many slots as its module says (<see cref="GuestModule.SlotsPerGuest"/>), all of them at once; until they are free, nobody behind it is let past. Thread-safe.
/// </summary>
internal sealed class InvocationSlots
{
    private readonly int _count;
    private readonly int _maxWaiting;
    private readonly TimeSpan _queueTimeout;
    private readonly CancellationToken _shutdownToken;
    private readonly Lock _lock = new();
    private readonly Dictionary<GuestModule, LinkedList<TaskCompletionSource>> _queues = [];

    // The modules that somebody waits for; the first is next.
    private readonly LinkedList<GuestModule> _turns = new();
    private readonly TaskCompletionSource _allFree = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _free;
    private int _waiting;
    private bool _isClosed;

    /// <summary>All slots are free.</summary>
    /// <param name="count">The number of slots.</param>
    /// <param name="maxWaiting">How many may wait for one.</param>
    /// <param name="queueTimeout">How long one waits for a slot.</param>
    /// <param name="shutdownToken">Ends the waiting.</param>
    public InvocationSlots(int count, int maxWaiting, TimeSpan queueTimeout, CancellationToken shutdownToken) =>
        (_count, _free, _maxWaiting, _queueTimeout, _shutdownToken) = (count, count, maxWaiting, queueTimeout, shutdownToken);

    /// <summary>How many wait.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Takes the slots of one guest.</summary>
    /// <exception cref="GuestLimitException">There was none for too long, or too many wait already.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or the host is being disposed.</exception>
    public ValueTask EnterAsync(GuestModule module, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        TaskCompletionSource turn;
        lock (_lock)
        {
            if (_isClosed) return ValueTask.FromException(InvocationFailure.Canceled(cancellationToken));
            if (_waiting == 0 && TryTake(module))
            {
                return ValueTask.CompletedTask;
            }

            if (_queueTimeout == TimeSpan.Zero) return ValueTask.FromException(new GuestLimitException(GuestLimit.Concurrency, _count));
            if (_waiting == _maxWaiting) return ValueTask.FromException(new GuestLimitException(GuestLimit.Queue, _maxWaiting));
            turn = Enqueue(module);
        }

        return WaitAsync(module, turn, cancellationToken);
    }

    /// <summary>Gives the slots of one guest back, or to whoever is next.</summary>
    public void Leave(GuestModule module)
    {
        lock (_lock)
        {
            _free += SlotsOf(module);
            LetIn();
            if (_free == _count && _isClosed) _allFree.TrySetResult();
        }
    }

    /// <summary>Lets nobody in any more, and waits until every guest has ended. Whoever waits for a slot is told by the shutdown token, which has been cancelled.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            _isClosed = true;
            if (_free == _count) _allFree.TrySetResult();
        }

        return _allFree.Task;
    }

    private async ValueTask WaitAsync(GuestModule module, TaskCompletionSource turn, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _shutdownToken);
        try
        {
            await turn.Task.WaitAsync(_queueTimeout, either.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or TimeoutException)
        {
            // The turn may have come in the meantime.
            if (!TryRemove(module, turn)) Leave(module);
            throw exception is TimeoutException ? new GuestLimitException(GuestLimit.Concurrency, _count) : InvocationFailure.Canceled(cancellationToken);
        }
    }

    private TaskCompletionSource Enqueue(GuestModule module)
    {
        if (!_queues.TryGetValue(module, out var queue))
        {
            _queues.Add(module, queue = new LinkedList<TaskCompletionSource>());
            _turns.AddLast(module);
        }

        _waiting++;
        return queue.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Value;
    }

    // A host of one slot has room for any one guest.
    private int SlotsOf(GuestModule module) => Math.Min(module.SlotsPerGuest, _count);

    private bool TryTake(GuestModule module)
    {
        var slots = SlotsOf(module);
        if (slots > _free) return false;
        _free -= slots;
        return true;
    }

    // What waits goes on on the thread pool, so that it may be told under the lock.
    private void LetIn()
    {
        while (_turns.First is { } turn && TryTake(turn.Value)) Dequeue(turn).SetResult();
    }

    private TaskCompletionSource Dequeue(LinkedListNode<GuestModule> turn)
    {
        var queue = _queues[turn.Value];
        var first = queue.First;
        Debug.Assert(first is not null, "A module without callers has no turn.");
        queue.RemoveFirst();
        _waiting--;
        _turns.RemoveFirst();
        if (queue.Count == 0) _queues.Remove(turn.Value);
        else _turns.AddLast(turn);
        return first.Value;
    }

    private bool TryRemove(GuestModule module, TaskCompletionSource turn)
    {
        lock (_lock)
        {
            if (!_queues.TryGetValue(module, out var queue) || !queue.Remove(turn)) return false;
            _waiting--;
            if (queue.Count == 0)
            {
                _queues.Remove(module);
                _turns.Remove(module);
            }

            // It may have wanted more slots than there are, and those behind it less.
            LetIn();
            return true;
        }
    }
}
