using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>
/// How many guests may run at one time, and the queue for the others: in the order of arrival while waits are short (<see cref="ArrivalOrder"/>), and of
/// several owners (<see cref="SlotOwner"/>) the one that runs fewest is next. A guest takes as many slots as its module says
/// (<see cref="GuestModule.SlotsPerGuest"/>), all of them at once; until they are free, nobody behind it is let past. No module and no tenant takes the last
/// slots, nor all places in the queue, unless a module was allowed to. Thread-safe.
/// </summary>
/// <remarks>Who waits costs one object, one registration with its token, and no exception that is thrown here.</remarks>
internal sealed class InvocationSlots : IDisposable
{
    private readonly int _count;
    private readonly int _maxWaiting;
    private readonly TimeSpan _queueTimeout;
    private readonly SlotShares _shares;
    private readonly SlotQueue _queue;
    private readonly Lock _lock = new();

    private readonly SlotTable _table;
    private readonly TaskCompletionSource _allFree = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _free;
    private bool _isClosed;

    /// <summary>All slots are free.</summary>
    /// <param name="count">The number of slots.</param>
    /// <param name="maxWaiting">How many may wait for one.</param>
    /// <param name="queueTimeout">How long one waits for a slot.</param>
    /// <param name="maxPerModule">How many one module may have, the last ones included; <see langword="null"/> for a share.</param>
    /// <param name="timeProvider">Tells how long they wait, for <see cref="ArrivalOrder"/>; by default the system's.</param>
    public InvocationSlots(int count, int maxWaiting, TimeSpan queueTimeout, int? maxPerModule = null, TimeProvider? timeProvider = null)
    {
        (_count, _free, _maxWaiting, _queueTimeout, _shares) = (count, count, maxWaiting, queueTimeout, new SlotShares(count, maxPerModule));
        _table = new SlotTable(count);
        _queue = new SlotQueue(queueTimeout, timeProvider ?? TimeProvider.System, EndOverdue);
    }

    /// <summary>How many slots there are.</summary>
    public int Count => _count;

    /// <summary>How many of them are taken.</summary>
    public int Taken
    {
        get
        {
            lock (_lock) return _count - _free;
        }
    }

    /// <summary>How many wait.</summary>
    public int Waiting => _queue.Count;

    /// <summary>Takes the slots of one guest.</summary>
    /// <exception cref="GuestLimitException">There was none for too long, or too many wait already.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or the host is being disposed.</exception>
    public ValueTask EnterAsync(SlotClaim claim, CancellationToken cancellationToken)
    {
        if (TryEnter(claim, cancellationToken)) return ValueTask.CompletedTask;
        var turn = new AwaitedSlotTurn(cancellationToken);
        Wait(claim, turn);
        return new ValueTask(turn.Task);
    }

    /// <summary>Takes the slots of one guest, if nobody has to wait for them.</summary>
    public bool TryEnter(SlotClaim claim, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return false;
        lock (_lock)
        {
            if (_isClosed) return false;
            var slots = _table.Find(claim);
            if (TryTake(slots)) return true;
            _table.Forget(claim, slots);
            return false;
        }
    }

    /// <summary>Waits for the slots of one guest, or is refused, perhaps before this returns.</summary>
    /// <param name="claim">The guest.</param>
    /// <param name="turn">Told what becomes of it.</param>
    public void Wait(SlotClaim claim, SlotTurn turn)
    {
        lock (_lock)
        {
            if (_isClosed || turn.CancellationToken.IsCancellationRequested)
            {
                turn.Refuse(InvocationFailure.Canceled(turn.CancellationToken));
                return;
            }

            var slots = _table.Find(claim);
            if (TryTake(slots))
            {
                turn.LetIn();
                return;
            }

            if (Refusal(slots) is { } refusal)
            {
                _table.Forget(claim, slots);
                turn.Refuse(refusal);
                return;
            }

            _queue.Add(slots, claim, turn);
        }

        turn.Follow(this);
    }

    /// <summary>Gives the slots of one guest back, or to whoever is next.</summary>
    public void Leave(SlotClaim claim)
    {
        lock (_lock)
        {
            var slots = _table.Find(claim);
            Give(slots);
            LetIn();
            _table.Forget(claim, slots);
            if (_free == _count && _isClosed) _allFree.TrySetResult();
        }
    }

    /// <summary>Lets nobody in any more, also of those that wait, and waits until every guest has ended.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            _isClosed = true;
            while (_queue.Owners.First is { } owner)
            {
                var turn = _queue.Remove(owner.Value.Queue.First!.Value.Waiting.First!.Value);
                turn.Refuse(InvocationFailure.Canceled(turn.CancellationToken));
                _table.Forget(turn.Claim, turn.Slots);
            }

            if (_free == _count) _allFree.TrySetResult();
        }

        return _allFree.Task;
    }

    /// <summary>Whether it still waits.</summary>
    public bool IsWaiting(SlotTurn turn)
    {
        lock (_lock) return turn.Node.List is not null;
    }

    /// <summary>Waits no more.</summary>
    /// <returns>Whether it did.</returns>
    public bool TryRemove(SlotTurn turn)
    {
        lock (_lock)
        {
            if (turn.Node.List is null) return false;
            _queue.Remove(turn);
            _table.Forget(turn.Claim, turn.Slots);

            // It may have wanted more slots than there are, and those behind it less.
            LetIn();
            return true;
        }
    }

    public void Dispose() => _queue.Dispose();

    private bool MayTake(SlotGroup slots) => slots.PerGuest <= _free && _shares.Allow(slots, _free);

    // Whether one without a guest waits for more slots than are free: a stream of smaller guests would keep it waiting for ever.
    private bool IsHeldUp()
    {
        if (!_queue.HasLarge) return false;
        foreach (var slots in _queue.Groups)
        {
            if (slots.Owner.Held == 0 && slots.PerGuest > _free) return true;
        }

        return false;
    }

    private void Take(SlotGroup slots)
    {
        slots.Held += slots.PerGuest;
        slots.Module.Held += slots.PerGuest;
        _free -= slots.PerGuest;
        if (slots.Tenant is not { } tenant) return;
        tenant.Held += slots.PerGuest;
        tenant.Guests++;
    }

    private void Give(SlotGroup slots)
    {
        slots.Held -= slots.PerGuest;
        slots.Module.Held -= slots.PerGuest;
        _free += slots.PerGuest;
        if (slots.Tenant is not { } tenant) return;
        tenant.Held -= slots.PerGuest;
        tenant.Guests--;
    }

    private bool TryTake(SlotGroup slots)
    {
        var mayTake = slots.Waiting.Count == 0 && MayTake(slots) && !IsHeldUp();
        if (mayTake) Take(slots);
        return mayTake;
    }

    private GuestLimitException? Refusal(SlotGroup slots)
    {
        if (_queueTimeout == TimeSpan.Zero) return NoSlot(slots);
        return _queue.Count == _maxWaiting && !TryPushOut(slots) ? new GuestLimitException(GuestLimit.Queue, _maxWaiting) : null;
    }

    // What it could have had at most: others may have the rest.
    private GuestLimitException NoSlot(SlotGroup slots)
    {
        if (slots.IsTenantFull) return new GuestLimitException(GuestLimit.TenantConcurrency, slots.MaxOfTenant);
        var held = slots.Owner.Held;
        return new GuestLimitException(GuestLimit.Concurrency, _free == 0 || held == 0 ? _count : held);
    }

    // One with many callers does not keep those of another out of the queue: the last of the longest goes.
    private bool TryPushOut(SlotGroup slots)
    {
        if (_queue.Owners.MaxBy(static owner => owner.Waiting) is not { } owner
            || owner.Queue.MaxBy(static group => group.Waiting.Count) is not { } longest) return false;
        var (most, own) = owner == slots.Owner ? (longest.Waiting.Count, slots.Waiting.Count) : (owner.Waiting, slots.Owner.Waiting);
        if (most <= own + 1) return false;
        var turn = _queue.Remove(longest.Waiting.Last!.Value);
        turn.Refuse(new GuestLimitException(GuestLimit.Queue, _maxWaiting));
        if (longest != slots) _table.Forget(turn.Claim, longest);
        return true;
    }

    private SlotGroup? Next()
    {
        if (_free == 0) return null;
        SlotGroup? next = null;
        foreach (var owner in _queue.Owners)
        {
            if ((next is not null && owner.Held >= next.Owner.Held) || NextOf(owner) is not { } group) continue;
            next = group;

            // Nobody has fewer, and thousands may wait.
            if (owner.Held == 0) break;
        }

        return next is not null && next.PerGuest <= _free ? next : null;
    }

    // Of its modules, the one that runs fewest.
    private SlotGroup? NextOf(SlotOwner owner)
    {
        SlotGroup? next = null;
        foreach (var group in owner.Queue)
        {
            if ((next is null || group.Module.Held < next.Module.Held) && _shares.Allow(group, _free)) next = group;
        }

        return next;
    }

    // What waits continues on the thread pool, so that it may be told under the lock.
    private void LetIn()
    {
        while (Next() is { } next)
        {
            Take(next);
            _queue.Take(next).LetIn();
        }
    }

    private void EndOverdue()
    {
        lock (_lock)
        {
            foreach (var turn in _queue.TakeOverdue())
            {
                turn.Refuse(NoSlot(turn.Slots));
                _table.Forget(turn.Claim, turn.Slots);
            }

            // Who has gone may have wanted more slots than there are, and those behind it less.
            LetIn();
            _queue.WakeAgain();
        }
    }
}
