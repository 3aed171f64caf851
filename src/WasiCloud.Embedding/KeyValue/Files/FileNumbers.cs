using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>
/// The numbers of files (<c>st_ino</c>), as this process knows them. A file has that of its name, the same on every host, until this process sees it renamed,
/// or sees another file come in place of one that is open: what is remembered of that is bounded. Thread-safe.
/// </summary>
internal sealed class FileNumbers
{
    /// <summary>So many names can have another number than their own; the oldest are forgotten.</summary>
    public const int MaxNames = 4096;

    // FNV-1a, 64 bit: http://www.isthe.com/chongo/tech/comp/fnv/
    private const ulong Basis = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<NumberedName>> _names = new(StringComparer.Ordinal);
    private readonly LinkedList<NumberedName> _order = [];
    private readonly Dictionary<ulong, Openings> _open = [];

    // Makes the numbers of one view of a scope differ from those of another.
    private readonly ulong _seed;

    // What happens, if it may become true elsewhere later.
    private readonly List<(string Key, string? NewKey)>? _history;
    private ulong _last;
    private volatile int _count;

    public FileNumbers()
        : this(Basis, history: null)
    {
    }

    private FileNumbers(ulong seed, List<(string Key, string? NewKey)>? history) => (_seed, _last, _history) = (seed, seed, history);

    /// <summary>The number of the file that has a name.</summary>
    public ulong Of(string key)
    {
        if (_count == 0) return NumberOfName(key);
        lock (_lock) return Find(key)?.Number ?? NumberOfName(key);
    }

    /// <summary>A descriptor is opened for the file that has a name.</summary>
    /// <returns>Its number; to be given back by <see cref="Close"/>.</returns>
    public ulong Open(string key)
    {
        lock (_lock)
        {
            var number = Find(key)?.Number ?? NumberOfName(key);
            CollectionsMarshal.GetValueRefOrAddDefault(_open, number, out _).Count++;
            return number;
        }
    }

    public void Close(ulong number)
    {
        lock (_lock)
        {
            if (--CollectionsMarshal.GetValueRefOrAddDefault(_open, number, out _).Count <= 0) _open.Remove(number);
        }
    }

    /// <summary>Whether a file that is open has lost its name.</summary>
    public bool IsRemoved(ulong number)
    {
        lock (_lock) return _open.GetValueOrDefault(number).IsRemoved;
    }

    /// <summary>The file that had a name is gone. While it is open, the next one there has another number.</summary>
    public void Removed(string key)
    {
        lock (_lock)
        {
            Note(key, newKey: null);
            var name = Find(key);
            if (!MarkRemoved(name?.Number ?? NumberOfName(key))) return;
            GiveBackOrigin(name);
            Set(key, NewNumber(), origin: null, name?.Taker);
            Trim();
        }
    }

    /// <summary>A file, or directory, has another name, in place of what had it; the next one that gets the old name has another number.</summary>
    public void Renamed(string oldKey, string newKey)
    {
        lock (_lock)
        {
            Note(oldKey, newKey);
            var (source, target) = (Find(oldKey), Find(newKey));
            MarkRemoved(target?.Number ?? NumberOfName(newKey));
            GiveBackOrigin(target);
            var number = source?.Number ?? NumberOfName(oldKey);
            var origin = source is null ? oldKey : source.Origin;
            if (string.Equals(origin, newKey, StringComparison.Ordinal)) Forget(newKey);
            else Set(newKey, number, origin, target?.Taker);
            Set(oldKey, NewNumber(), origin: null, source?.Taker);
            if (origin is not null && Find(origin) is { } taken) taken.Taker = newKey;
            Trim();
        }
    }

    /// <summary>Makes the numbers of another view of the scope, in which things happen that may become true in this one.</summary>
    public FileNumbers NewView()
    {
        lock (_lock) return new FileNumbers(NewNumber(), []);
    }

    /// <summary>What happened in a view became true.</summary>
    public void Take(FileNumbers view)
    {
        foreach (var (key, newKey) in view._history ?? [])
        {
            if (newKey is null) Removed(key);
            else Renamed(key, newKey);
        }
    }

    private void Note(string key, string? newKey)
    {
        if (_history?.Count < MaxNames) _history.Add((key, newKey));
    }

    private ulong NumberOfName(string key)
    {
        var hash = _seed;
        foreach (var character in key) hash = (hash ^ character) * Prime;
        return hash == 0 ? Basis : hash;
    }

    // splitmix64: https://prng.di.unimi.it/splitmix64.c
    private ulong NewNumber()
    {
        var mixed = _last += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        mixed ^= mixed >> 31;
        return mixed == 0 ? Basis : mixed;
    }

    private NumberedName? Find(string key) => _names.TryGetValue(key, out var node) ? node.Value : null;

    private bool MarkRemoved(ulong number)
    {
        ref var open = ref CollectionsMarshal.GetValueRefOrNullRef(_open, number);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref open)) return false;
        open.IsRemoved = true;
        return true;
    }

    // The number of another name is used no more.
    private void GiveBackOrigin(NumberedName? name)
    {
        if (name?.Origin is { } origin && Find(origin) is { } taken) taken.Taker = null;
    }

    private void Set(string key, ulong number, string? origin, string? taker)
    {
        Forget(key);
        _names.Add(key, _order.AddLast(new NumberedName(key, number, origin) { Taker = taker }));
        _count = _names.Count;
    }

    private void Forget(string key)
    {
        if (!_names.Remove(key, out var node)) return;
        _order.Remove(node);
        _count = _names.Count;
    }

    // A name gets its own number back only together with whatever has that now: two files never have one number.
    private void Trim()
    {
        while (_names.Count > MaxNames)
        {
            for (var next = _order.First?.Value; next is not null; next = next.Taker is { } taker ? Find(taker) : null)
            {
                GiveBackOrigin(next);
                Forget(next.Key);
            }
        }
    }

    // Origin is the name whose own number this one has; Taker the name that has this one's.
    private sealed class NumberedName(string key, ulong number, string? origin)
    {
        public string Key { get; } = key;

        public ulong Number { get; } = number;

        public string? Origin { get; } = origin;

        public string? Taker { get; set; }
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Openings
    {
        public int Count;
        public bool IsRemoved;
    }
}
