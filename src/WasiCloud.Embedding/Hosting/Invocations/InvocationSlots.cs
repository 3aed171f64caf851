using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>
/// How many guests may run at one time, and the queue for the others: in the order of arrival for one module while waits are short
/// (<see cref="ArrivalOrder"/>), and of several the one that runs fewest is next. A guest takes as many slots as its module says
/// (<see cref="GuestModule.SlotsPerGuest"/>), all of them at once; until they are free, nobody behind it is let past. No module takes the last slots, nor all
/// places in the queue, unless it was allowed to. Thread-safe.
/// </summary>
/// <remarks>Who waits costs one object, one registration with its token, and no exception that is thrown here.</remarks>
internal sealed class InvocationSlots : IDisposable
{
    // A module may have at most so many times what it leaves to others, so that something is left whatever the number of modules that want all. With fewer
    // slots than this there is nothing to share.
    private const int LargestShare = 7;
    private const int FewestToShare = 4;
    private const int MaxSpares = 64;

    private readonly int _count;
    private readonly int _maxWaiting;
    private readonly TimeSpan _queueTimeout;
    private readonly int? _maxPerModule;
    private readonly SlotQueue _queue;
    private readonly Lock _lock = new();

    // Only modules that have a slot or wait for one.
    private readonly Dictionary<GuestModule, ModuleSlots> _modules = [];
    private readonly Stack<ModuleSlots> _spares = [];
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
        (_count, _free, _maxWaiting, _queueTimeout, _maxPerModule) = (count, count, maxWaiting, queueTimeout, maxPerModule);
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
    public ValueTask EnterAsync(GuestModule module, CancellationToken cancellationToken)
    {
        if (TryEnter(module, cancellationToken)) return ValueTask.CompletedTask;
        var turn = new AwaitedSlotTurn(cancellationToken);
        Wait(module, turn);
        return new ValueTask(turn.Task);
    }

    /// <summary>Takes the slots of one guest, if nobody has to wait for them.</summary>
    public bool TryEnter(GuestModule module, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return false;
        lock (_lock)
        {
            if (_isClosed) return false;
            var slots = Find(module);
            if (TryTake(slots)) return true;
            Forget(slots);
            return false;
        }
    }

    /// <summary>Waits for the slots of one guest, or is refused, perhaps before this returns.</summary>
    /// <param name="module">The guest's.</param>
    /// <param name="turn">Told what becomes of it.</param>
    public void Wait(GuestModule module, SlotTurn turn)
    {
        lock (_lock)
        {
            if (_isClosed || turn.CancellationToken.IsCancellationRequested)
            {
                turn.Refuse(InvocationFailure.Canceled(turn.CancellationToken));
                return;
            }

            var slots = Find(module);
            if (TryTake(slots))
            {
                turn.LetIn();
                return;
            }

            if (Refusal(slots) is { } refusal)
            {
                Forget(slots);
                turn.Refuse(refusal);
                return;
            }

            _queue.Add(slots, turn);
        }

        turn.Follow(this);
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

    /// <summary>Lets nobody in any more, also of those that wait, and waits until every guest has ended.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            _isClosed = true;
            while (_queue.Modules.First is { } module)
            {
                var turn = _queue.Remove(module.Value.Waiting.First!.Value);
                turn.Refuse(InvocationFailure.Canceled(turn.CancellationToken));
                Forget(turn.Slots);
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
            Forget(turn.Slots);

            // It may have wanted more slots than there are, and those behind it less.
            LetIn();
            return true;
        }
    }

    public void Dispose() => _queue.Dispose();

    private ModuleSlots Find(GuestModule module)
    {
        if (_modules.TryGetValue(module, out var slots)) return slots;
        if (!_spares.TryPop(out slots)) slots = new ModuleSlots();
        slots.Module = module;

        // A host of one slot has room for any one guest.
        slots.PerGuest = Math.Min(module.SlotsPerGuest, _count);
        _modules.Add(module, slots);

        // As long as it is here, somebody waits or runs. Whoever asks has a use of his own at this moment.
        module.Use();
        return slots;
    }

    private void Forget(ModuleSlots slots)
    {
        if (slots.Held > 0 || slots.Waiting.Count > 0) return;
        _modules.Remove(slots.Module!);
        slots.Module!.EndUse();
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
        foreach (var slots in _queue.Modules)
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

    private bool TryTake(ModuleSlots slots)
    {
        var mayTake = slots.Waiting.Count == 0 && MayTake(slots) && !IsHeldUp();
        if (mayTake) Take(slots);
        return mayTake;
    }

    private GuestLimitException? Refusal(ModuleSlots slots)
    {
        if (_queueTimeout == TimeSpan.Zero) return new GuestLimitException(GuestLimit.Concurrency, LimitOf(slots));
        return _queue.Count == _maxWaiting && !TryPushOut(slots) ? new GuestLimitException(GuestLimit.Queue, _maxWaiting) : null;
    }

    // A module with many callers does not keep those of another out of the queue: the last of the longest goes.
    private bool TryPushOut(ModuleSlots slots)
    {
        if (_queue.Modules.MaxBy(other => other.Waiting.Count) is not { } longest || longest.Waiting.Count <= slots.Waiting.Count + 1) return false;
        _queue.Remove(longest.Waiting.Last!.Value).Refuse(new GuestLimitException(GuestLimit.Queue, _maxWaiting));
        return true;
    }

    private ModuleSlots? Next()
    {
        if (_free == 0) return null;
        ModuleSlots? next = null;
        foreach (var slots in _queue.Modules)
        {
            if ((next is null || slots.Held < next.Held) && IsAllowed(slots)) next = slots;
        }

        return next is not null && next.PerGuest <= _free ? next : null;
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
                turn.Refuse(new GuestLimitException(GuestLimit.Concurrency, LimitOf(turn.Slots)));
                Forget(turn.Slots);
            }

            // Who has gone may have wanted more slots than there are, and those behind it less.
            LetIn();
            _queue.WakeAgain();
        }
    }
}
