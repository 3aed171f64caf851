using System.Diagnostics;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Hosting;

/// <summary>
/// How many guests may run at one time, and the queue for the others: in the order of arrival for one module while waits are short (<see
/// cref="ArrivalOrder"/>), and of several the one that runs fewest is next.
/// A guest takes as many slots as its module says (<see cref="GuestModule.SlotsPerGuest"/>), all of them at once; until they are free, nobody behind it is let past.
/// No module takes the last slots, nor all places in the queue, unless it was allowed to. Thread-safe.
/// </summary>
internal sealed class InvocationSlots
{
    // A module may have at most so many times what it leaves to others, so that something is left whatever the number of modules that want all. With fewer
    // slots than this there is nothing to share.
    private const int LargestShare = 7;
    private const int FewestToShare = 4;
    private const int MaxSpares = 64;

    private readonly int _count;
    private readonly int _maxWaiting;
    private readonly TimeSpan _queueTimeout;
    private readonly CancellationToken _shutdownToken;
    private readonly int? _maxPerModule;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _lock = new();

    // Only modules that have a slot or wait for one.
    private readonly Dictionary<GuestModule, ModuleSlots> _modules = [];
    private readonly Stack<ModuleSlots> _spares = [];

    // The modules that somebody waits for; the first of those that run fewest is next.
    private readonly LinkedList<ModuleSlots> _turns = new();
    private readonly TaskCompletionSource _allFree = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _free;
    private int _waiting;
    private bool _isClosed;

    /// <summary>All slots are free.</summary>
    /// <param name="count">The number of slots.</param>
    /// <param name="maxWaiting">How many may wait for one.</param>
    /// <param name="queueTimeout">How long one waits for a slot.</param>
    /// <param name="shutdownToken">Ends the waiting.</param>
    /// <param name="maxPerModule">How many one module may have, the last ones included; <see langword="null"/> for a share.</param>
    /// <param name="timeProvider">Tells how long they wait, for <see cref="ArrivalOrder"/>; by default the system's.</param>
    public InvocationSlots(
        int count, int maxWaiting, TimeSpan queueTimeout, CancellationToken shutdownToken, int? maxPerModule = null, TimeProvider? timeProvider = null) =>
        (_count, _free, _maxWaiting, _queueTimeout, _shutdownToken, _maxPerModule, _timeProvider) =
        (count, count, maxWaiting, queueTimeout, shutdownToken, maxPerModule, timeProvider ?? TimeProvider.System);

    /// <summary>How many wait.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Takes the slots of one guest.</summary>
    /// <exception cref="GuestLimitException">There was none for too long, or too many wait already.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or the host is being disposed.</exception>
    public ValueTask EnterAsync(GuestModule module, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        ModuleSlots slots;
        LinkedListNode<SlotTurn> turn;
        lock (_lock)
        {
            if (_isClosed) return ValueTask.FromException(InvocationFailure.Canceled(cancellationToken));
            slots = Find(module);
            if (slots.Waiting.Count == 0 && MayTake(slots) && !IsHeldUp())
            {
                Take(slots);
                return ValueTask.CompletedTask;
            }

            if (_queueTimeout == TimeSpan.Zero) return Refuse(slots, GuestLimit.Concurrency, LimitOf(slots));
            if (_waiting == _maxWaiting && !TryPushOut(slots)) return Refuse(slots, GuestLimit.Queue, _maxWaiting);
            turn = Enqueue(slots);
        }

        return WaitAsync(slots, turn, cancellationToken);
    }

    /// <summary>Gives the slots of one guest back, or to whoever is next.</summary>
    public void Leave(GuestModule module)
    {
        lock (_lock)
        {
            var slots = _modules[module];
            slots.Held -= slots.PerGuest;
            _free += slots.PerGuest;
            LetIn();
            Forget(slots);
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

    private async ValueTask WaitAsync(ModuleSlots slots, LinkedListNode<SlotTurn> turn, CancellationToken cancellationToken)
    {
        var module = slots.Module!;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _shutdownToken);
        try
        {
            await turn.Value.Task.WaitAsync(_queueTimeout, either.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or TimeoutException)
        {
            // The turn may have come in the meantime.
            if (!TryRemove(slots, turn, out var limit) && turn.Value.Task.IsCompletedSuccessfully) Leave(module);
            throw exception is TimeoutException ? new GuestLimitException(GuestLimit.Concurrency, limit) : InvocationFailure.Canceled(cancellationToken);
        }
    }

    private ModuleSlots Find(GuestModule module)
    {
        if (_modules.TryGetValue(module, out var slots)) return slots;
        if (!_spares.TryPop(out slots)) slots = new ModuleSlots();
        slots.Module = module;

        // A host of one slot has room for any one guest.
        slots.PerGuest = Math.Min(module.SlotsPerGuest, _count);
        _modules.Add(module, slots);
        return slots;
    }

    private void Forget(ModuleSlots slots)
    {
        if (slots.Held > 0 || slots.Waiting.Count > 0) return;
        _modules.Remove(slots.Module!);
        slots.Module = null;
        if (_spares.Count < MaxSpares) _spares.Push(slots);
    }

    private bool MayTake(ModuleSlots slots) => slots.PerGuest <= _free && IsAllowed(slots);

    // Whether one more guest of the module is within its share, if there is room for it.
    private bool IsAllowed(ModuleSlots slots)
    {
        if (MaxOf(slots) is { } max) return slots.Held < (long)max * slots.PerGuest;
        return slots.Held == 0 || _count < FewestToShare || slots.Held + slots.PerGuest <= LargestShare * (_free - slots.PerGuest);
    }

    // Whether a module without a guest waits for more slots than are free: a stream of smaller guests would keep it waiting for ever.
    private bool IsHeldUp()
    {
        foreach (var slots in _turns)
        {
            if (slots.Held == 0 && slots.PerGuest > _free) return true;
        }

        return false;
    }

    private int? MaxOf(ModuleSlots slots) => slots.Module!.MaxConcurrentInvocations ?? _maxPerModule;

    // All that the module could have: others may have the rest.
    private int LimitOf(ModuleSlots slots) => _free == 0 || slots.Held == 0 ? _count : slots.Held;

    private void Take(ModuleSlots slots)
    {
        slots.Held += slots.PerGuest;
        _free -= slots.PerGuest;
    }

    private ValueTask Refuse(ModuleSlots slots, GuestLimit limit, int value)
    {
        Forget(slots);
        return ValueTask.FromException(new GuestLimitException(limit, value));
    }

    // A module with many callers does not keep those of another out of the queue: the last of the longest goes.
    private bool TryPushOut(ModuleSlots slots)
    {
        if (_turns.MaxBy(other => other.Waiting.Count) is not { } longest || longest.Waiting.Count <= slots.Waiting.Count + 1) return false;
        var last = longest.Waiting.Last!;
        longest.Waiting.Remove(last);
        _waiting--;
        last.Value.SetException(new GuestLimitException(GuestLimit.Queue, _maxWaiting));
        return true;
    }

    private LinkedListNode<SlotTurn> Enqueue(ModuleSlots slots)
    {
        if (slots.Waiting.Count == 0) _turns.AddLast(slots.Turn);
        _waiting++;
        return slots.Waiting.AddLast(new SlotTurn(_timeProvider.GetTimestamp()));
    }

    private ModuleSlots? Next()
    {
        if (_free == 0) return null;
        ModuleSlots? next = null;
        foreach (var slots in _turns)
        {
            if ((next is null || slots.Held < next.Held) && IsAllowed(slots)) next = slots;
        }

        return next is not null && next.PerGuest <= _free ? next : null;
    }

    // What waits goes on on the thread pool, so that it may be told under the lock.
    private void LetIn()
    {
        while (Next() is { } next)
        {
            Take(next);
            Dequeue(next).SetResult();
        }
    }

    private SlotTurn Dequeue(ModuleSlots slots)
    {
        var first = slots.Waiting.First;
        Debug.Assert(first is not null, "A module without callers has no turn.");
        var next = slots.Next(_timeProvider.GetElapsedTime(first.Value.Arrived));
        slots.Waiting.Remove(next);
        _waiting--;
        _turns.Remove(slots.Turn);
        if (slots.Waiting.Count > 0) _turns.AddLast(slots.Turn);
        return next.Value;
    }

    private bool TryRemove(ModuleSlots slots, LinkedListNode<SlotTurn> turn, out int limit)
    {
        lock (_lock)
        {
            limit = _count;
            if (turn.List is null) return false;
            limit = LimitOf(slots);
            slots.Waiting.Remove(turn);
            _waiting--;
            if (slots.Waiting.Count == 0) _turns.Remove(slots.Turn);
            Forget(slots);

            // It may have wanted more slots than there are, and those behind it less.
            LetIn();
            return true;
        }
    }
}
