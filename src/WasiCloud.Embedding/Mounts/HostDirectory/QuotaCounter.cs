namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>One number that has a limit, and that is counted anew now and then while it changes. Thread-safe.</summary>
internal sealed class QuotaCounter(long limit)
{
    private readonly Lock _lock = new();
    private long _used;
    private long _unsettled;
    private long _taken;
    private long _given;
    private long _givenBefore;

    public long Used
    {
        get
        {
            lock (_lock) return _used;
        }
    }

    /// <summary>Whether so much was given back since the last count that what others had put there may be most of it.</summary>
    public bool IsDoubtful
    {
        get
        {
            lock (_lock) return _given > limit;
        }
    }

    // What others put there and guests removed makes the number negative, and is no room: without a limit there would be more of it than a number can say.
    private long Room => limit - Math.Max(0, _used);

    /// <summary>Takes as much of <paramref name="count"/> as there is. <see cref="Settle"/> or <see cref="Return"/> is to follow.</summary>
    public long TakeUpTo(long count)
    {
        lock (_lock)
        {
            var taken = Math.Clamp(Room, 0, count);
            Add(taken);
            _unsettled += taken;
            return taken;
        }
    }

    /// <summary>Takes <paramref name="count"/>, or nothing. <see cref="Settle"/> or <see cref="Return"/> is to follow.</summary>
    public bool TryTake(long count)
    {
        lock (_lock)
        {
            if (count > Room) return false;
            Add(count);
            _unsettled += count;
            return true;
        }
    }

    /// <summary>Counts what is there already, limit or not.</summary>
    public void Take(long count)
    {
        lock (_lock) Add(count);
    }

    public void Give(long count)
    {
        lock (_lock)
        {
            _used -= count;
            _given += count;
        }
    }

    /// <summary>What was taken is now there to be counted.</summary>
    public void Settle(long count)
    {
        lock (_lock) _unsettled -= count;
    }

    /// <summary>What was taken was not needed, and never there to be counted.</summary>
    public void Return(long count)
    {
        lock (_lock) (_used, _unsettled, _taken) = (_used - count, _unsettled - count, _taken - count);
    }

    /// <summary>What is counted for already, or will be, may be missed by a count that goes on.</summary>
    public void MayBeMissed(long count)
    {
        lock (_lock) _taken += count;
    }

    /// <summary>From now on something is counted. What was taken and is not there yet may be missed.</summary>
    public void BeginCount()
    {
        lock (_lock) (_taken, _given, _givenBefore) = (_unsettled, 0, _given);
    }

    /// <summary>Believes the count, and that it missed everything that was taken, unsettled or moved meanwhile: rather too much than too little.</summary>
    public void EndCount(long counted)
    {
        lock (_lock) _used = counted + _taken;
    }

    /// <summary>The count is not believed: what was doubtful stays so.</summary>
    public void DropCount()
    {
        lock (_lock) _given += _givenBefore;
    }

    private void Add(long count)
    {
        _used += count;
        _taken += count;
    }
}
