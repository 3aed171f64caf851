namespace WasiCloud.Embedding.KeyValue.Memory;

/// <summary>The latest changes of a scope, oldest forgotten first. Not thread-safe; the backend's lock guards it.</summary>
/// <param name="capacity">How many changes are kept.</param>
internal sealed class ChangeHistory(int capacity)
{
    // So many changes are looked at by one read, while everybody waits for the lock, however few of them match.
    private const int MaxLook = 16_384;

    // Position p of the endless sequence of changes lives at p % length; the ring grows up to the capacity.
    private KeyValueChange[] _ring = new KeyValueChange[Math.Min(capacity, 64)];
    private long _first;
    private long _end;

    // The highest revision of which a change was forgotten.
    private long _lostRevision;

    public void Add(KeyValueChange change)
    {
        if (_end - _first == _ring.Length)
        {
            if (_ring.Length < capacity) Grow();
            else _lostRevision = At(_first++).Revision;
        }

        _ring[_end++ % _ring.Length] = change;
    }

    /// <summary>Finds where the changes after a revision begin.</summary>
    /// <returns>The position, or <see langword="null"/> if some of them are forgotten.</returns>
    public long? Find(long afterRevision)
    {
        if (afterRevision < _lostRevision) return null;
        var (low, high) = (_first, _end);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (At(middle).Revision <= afterRevision) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>Reads on from a position.</summary>
    /// <returns>The next position, or <see langword="null"/> if changes there are forgotten; and whether that is the end.</returns>
    public (long? Position, bool IsEnd) Read(long position, string prefix, List<KeyValueChange> page, int maxCount)
    {
        if (position < _first) return (null, false);
        for (var last = Math.Min(_end, position + MaxLook); position < last && page.Count < maxCount; position++)
        {
            ref readonly var change = ref At(position);
            if (change.Key.StartsWith(prefix, StringComparison.Ordinal)) page.Add(change);
        }

        return (position, position == _end);
    }

    /// <summary>Finds the first of some prefix checks that fails, as far as is known.</summary>
    public int? FindFailed(PrefixChecks checks)
    {
        if (Find(checks.Since) is not { } position) return checks.FirstBefore(_lostRevision);
        while (position < _end && checks.Look(At(position).Key, At(position).Revision)) position++;
        return checks.Failed;
    }

    private ref readonly KeyValueChange At(long position) => ref _ring[position % _ring.Length];

    private void Grow()
    {
        var larger = new KeyValueChange[(int)Math.Min(capacity, _ring.Length * 2L)];
        for (var position = _first; position < _end; position++) larger[position % larger.Length] = At(position);
        _ring = larger;
    }
}
