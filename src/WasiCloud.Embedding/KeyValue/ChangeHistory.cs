namespace WasiCloud.Embedding.KeyValue;

/// <summary>The latest changes of a scope, oldest forgotten first. Not thread-safe; the backend's lock guards it.</summary>
/// <param name="capacity">How many changes are kept.</param>
internal sealed class ChangeHistory(int capacity)
{
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
    /// <returns>The next position, or <see langword="null"/> if changes there are forgotten.</returns>
    public long? Read(long position, string prefix, List<KeyValueChange> page, int maxCount)
    {
        if (position < _first) return null;
        for (; position < _end && page.Count < maxCount; position++)
        {
            ref readonly var change = ref At(position);
            if (change.Key.StartsWith(prefix, StringComparison.Ordinal)) page.Add(change);
        }

        return position;
    }

    /// <summary>Whether nothing with the prefix changed after a revision, as far as is known.</summary>
    /// <param name="prefix">The prefix.</param>
    /// <param name="sinceRevision">The revision.</param>
    /// <param name="steps">How many changes may be looked at, less those that were; when it is used up, it is not known.</param>
    public bool IsUnchanged(string prefix, long sinceRevision, ref int steps)
    {
        if (sinceRevision < _lostRevision) return false;
        for (var position = _end - 1; position >= _first; position--)
        {
            ref readonly var change = ref At(position);
            if (change.Revision <= sinceRevision) break;
            if (--steps < 0) return false;
            if (change.Key.StartsWith(prefix, StringComparison.Ordinal)) return false;
        }

        return true;
    }

    private ref readonly KeyValueChange At(long position) => ref _ring[position % _ring.Length];

    private void Grow()
    {
        var larger = new KeyValueChange[(int)Math.Min(capacity, _ring.Length * 2L)];
        for (var position = _first; position < _end; position++) larger[position % larger.Length] = At(position);
        _ring = larger;
    }
}
