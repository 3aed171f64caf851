using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.KeyValue.Memory;

/// <summary>What the keys below some prefixes take, kept with every change. Not thread-safe.</summary>
internal sealed class MemoryUsageTable
{
    private readonly Dictionary<string, KeyValueUsage> _used = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KeyValueUsage>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    // The most slashes in any prefix: so many directories of a key are looked up, however deep it is.
    private int _depth;

    public MemoryUsageTable() => _lookup = _used.GetAlternateLookup<ReadOnlySpan<char>>();

    public bool TryGet(string prefix, out KeyValueUsage used) => _used.TryGetValue(prefix, out used);

    /// <summary>Keeps count of a prefix from now on, as long as there are keys below it.</summary>
    public void Add(string prefix, KeyValueUsage used)
    {
        _used.Add(prefix, used);
        _depth = Math.Max(_depth, prefix.AsSpan().Count('/'));
    }

    public void Change(string key, KeyValueUsage change)
    {
        if (_used.Count == 0 || !KeyValueUsage.IsCounted(key)) return;
        ChangePrefix(key, 0, change);
        var slash = -1;
        for (var depth = 0; depth < _depth; depth++)
        {
            slash = key.IndexOf('/', slash + 1);
            if (slash < 0) break;
            ChangePrefix(key, slash + 1, change);
        }
    }

    private void ChangePrefix(string key, int length, KeyValueUsage change)
    {
        if (TenantKeys.Has(key, length)) return;
        var prefix = key.AsSpan(0, length);
        ref var used = ref CollectionsMarshal.GetValueRefOrNullRef(_lookup, prefix);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref used)) return;
        used += change;

        // There may be any number of prefixes; one without keys is counted again in no time.
        if (used.Keys == 0) _lookup.Remove(prefix);
    }
}
