namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>One number that has a limit, and that is counted anew now and then while it changes. Thread-safe.</summary>
internal sealed class QuotaCounter(long limit)
{
    private readonly Lock _lock = new();
    private long _used;
    private long _unsettled;
    private long _missed;
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
            (_used, _unsettled) = (_used + taken, _unsettled + taken);
            return taken;
        }
    }

    /// <summary>Takes <paramref name="count"/>, or nothing. <see cref="Settle"/> or <see cref="Return"/> is to follow.</summary>
    public bool TryTake(long count)
    {
        lock (_lock)
        {
            if (count > Room) return false;
            (_used, _unsettled) = (_used + count, _unsettled + count);
            return true;
        }
    }

    /// <summary>Counts what is there already, limit or not.</summary>
    public void Take(long count)
    {
        lock (_lock) _used += count;
    }

    public void Give(long count)
    {
        lock (_lock)
        {
            _used -= count;
            _given += count;
        }
    }

    /// <summary>What was taken is now there, in a file whose length is known.</summary>
    public void Settle(long count)
    {
        lock (_lock) _unsettled -= count;
    }

    /// <summary>What was taken is now there, and a count that goes on may have been where it is before.</summary>
    public void SettleName(long count)
    {
        lock (_lock) (_unsettled, _missed) = (_unsettled - count, _missed + count);
    }

    /// <summary>What was taken was not needed, and never there to be counted.</summary>
    public void Return(long count)
    {
        lock (_lock) (_used, _unsettled) = (_used - count, _unsettled - count);
    }

    /// <summary>What is counted for already, or will be, may be missed by a count that goes on.</summary>
    public void MayBeMissed(long count)
    {
        lock (_lock) _missed += count;
    }

    /// <summary>From now on something is counted.</summary>
    public void BeginCount()
    {
        lock (_lock) (_missed, _given, _givenBefore) = (0, 0, _given);
    }

    /// <summary>
    /// Believes the count, and that it missed everything that it may have missed, and what is taken and not settled: rather too much than too little.
    /// </summary>
    /// <returns>Whether it missed nothing.</returns>
    public bool EndCount(long counted)
    {
        lock (_lock)
        {
            _used = counted + _missed + _unsettled;
            return _missed + _unsettled == 0;
        }
    }

    /// <summary>The count is not believed: what was doubtful stays so.</summary>
    public void DropCount()
    {
        lock (_lock) _given += _givenBefore;
    }
}
