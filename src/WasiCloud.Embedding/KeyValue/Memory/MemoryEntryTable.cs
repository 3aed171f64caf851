namespace WasiCloud.Embedding.KeyValue.Memory;

/// <summary>The entries of a <see cref="MemoryKeyValueBackend"/>: by key, in key order, and in the order in which they expire. Not thread-safe.</summary>
/// <remarks>
/// The hash table makes a get independent of the number of keys; the tree makes a seek logarithmic. Overwriting a key touches the hash table only,
/// because the tree orders slots, not entries.
/// </remarks>
internal sealed class MemoryEntryTable
{
    private static readonly Slot Infinity = new(key: null!);

    private readonly Dictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly SortedSet<Slot> _order = new(Comparer<Slot>.Create(CompareKeys));
    private readonly SortedSet<KeyValueEntry> _expiring = new(Comparer<KeyValueEntry>.Create(CompareExpiry));
    private readonly MemoryUsageTable _usage = new();

    /// <summary>When the first entry expires.</summary>
    public DateTimeOffset? NextExpiry => _expiring.Min?.Expires;

    public KeyValueEntry? Get(string key) => _slots.TryGetValue(key, out var slot) ? slot.Entry : null;

    public void Set(KeyValueEntry entry)
    {
        if (_slots.TryGetValue(entry.Key, out var slot))
        {
            if (slot.Entry.Expires is not null) _expiring.Remove(slot.Entry);
            _usage.Change(entry.Key, new(entry.Size - slot.Entry.Size, 0));
        }
        else
        {
            slot = new Slot(entry.Key);
            _slots.Add(entry.Key, slot);
            _order.Add(slot);
            _usage.Change(entry.Key, KeyValueUsage.Of(entry));
        }

        slot.Entry = entry;
        if (entry.Expires is not null) _expiring.Add(entry);
    }

    public bool Remove(string key)
    {
        if (!_slots.Remove(key, out var slot)) return false;
        _order.Remove(slot);
        if (slot.Entry.Expires is not null) _expiring.Remove(slot.Entry);
        _usage.Change(key, default(KeyValueUsage) - KeyValueUsage.Of(slot.Entry));
        return true;
    }

    /// <summary>Removes an entry that has expired.</summary>
    /// <returns>Its key, or <see langword="null"/> if none has.</returns>
    public string? RemoveExpired(DateTimeOffset now)
    {
        if (_expiring.Count == 0 || _expiring.Min!.Expires > now) return null;
        var key = _expiring.Min.Key;
        Remove(key);
        return key;
    }

    /// <summary>Adds the next entries, without values, to a page.</summary>
    public void ReadPage(string prefix, string? startAfter, int count, List<KeyValueEntry> page)
    {
        var start = startAfter is not null && KeyValueKey.Order.Compare(startAfter, prefix) >= 0 ? startAfter : prefix;
        foreach (var slot in _order.GetViewBetween(new Slot(start), Infinity))
        {
            if (string.Equals(slot.Key, startAfter, StringComparison.Ordinal)) continue;
            if (page.Count == count || !slot.Key.StartsWith(prefix, StringComparison.Ordinal)) break;
            page.Add(slot.Entry with { Value = null });
        }
    }

    /// <summary>What the keys with a prefix take, without those of tenants below it: counted when they are first asked for, and kept from then on.</summary>
    public KeyValueUsage Measure(string prefix)
    {
        if (_usage.TryGet(prefix, out var used)) return used;
        if (!TryMeasure(prefix, prefix, ref used)) TryMeasure(TenantKeys.EndOf(prefix), prefix, ref used);
        if (used.Keys > 0) _usage.Add(prefix, used);
        return used;
    }

    // Tenants may have many keys: it stops where the first begins, but goes on behind them.
    private bool TryMeasure(string start, string prefix, ref KeyValueUsage used)
    {
        foreach (var slot in _order.GetViewBetween(new Slot(start), Infinity))
        {
            if (!slot.Key.StartsWith(prefix, StringComparison.Ordinal)) break;
            if (!TenantKeys.Has(slot.Key, prefix.Length)) used += KeyValueUsage.Of(slot.Entry);
            else if (start.Length == prefix.Length) return false;
        }

        return true;
    }

    private static int CompareKeys(Slot x, Slot y)
    {
        if (ReferenceEquals(x, y)) return 0;
        if (ReferenceEquals(x, Infinity)) return 1;
        return ReferenceEquals(y, Infinity) ? -1 : KeyValueKey.Order.Compare(x.Key, y.Key);
    }

    private static int CompareExpiry(KeyValueEntry x, KeyValueEntry y)
    {
        var order = Nullable.Compare(x.Expires, y.Expires);
        return order != 0 ? order : KeyValueKey.Order.Compare(x.Key, y.Key);
    }

    private sealed class Slot(string key)
    {
        public readonly string Key = key;

        public KeyValueEntry Entry { get; set; } = null!;
    }
}
