namespace WasiCloud.Embedding;

/// <summary>
/// Who uses something that its owner may close at any time: what is closed is not given to anybody new, and is released when its last use is over. Thread-safe;
/// a mutable structure, for a field.
/// </summary>
internal struct UseCount
{
    // The sign.
    private const int Closed = int.MinValue;

    // How many use it, and whether it is closed.
    private int _state;

    /// <summary>Whether it is closed, used or not.</summary>
    public bool IsClosed => Volatile.Read(ref _state) < 0;

    /// <summary>Whether somebody uses it.</summary>
    public bool IsUsed => (Volatile.Read(ref _state) & ~Closed) != 0;

    /// <summary>Begins a use, which <see cref="End"/> ends.</summary>
    /// <returns><see langword="false"/> if it is closed.</returns>
    public bool TryBegin()
    {
        for (var state = Volatile.Read(ref _state); state >= 0;)
        {
            var seen = Interlocked.CompareExchange(ref _state, state + 1, state);
            if (seen == state) return true;
            state = seen;
        }

        return false;
    }

    /// <summary>Begins another use, on behalf of somebody who has one: closed or not, it is there.</summary>
    public void Begin() => Interlocked.Increment(ref _state);

    /// <summary>Ends a use.</summary>
    /// <returns>Whether it is to be released now.</returns>
    public bool End() => Interlocked.Decrement(ref _state) == Closed;

    /// <summary>Closes it.</summary>
    /// <returns>Whether it is to be released now: nobody uses it, and it was not closed before.</returns>
    public bool Close() => Interlocked.Or(ref _state, Closed) == 0;
}
