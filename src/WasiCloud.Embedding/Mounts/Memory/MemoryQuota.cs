namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>Counts what a tree takes of its limits. Thread-safe without the tree's lock, since contents grow under their own.</summary>
/// <param name="maxBytes">Bytes that it may take.</param>
/// <param name="maxNodes">Names that it may have.</param>
/// <param name="isTemporary">Whether it is one guest's own, which is another limit for those who count how often limits are hit.</param>
internal sealed class MemoryQuota(long maxBytes, int maxNodes, bool isTemporary)
{
    // A node with its inode, and a directory's table or a file's lock and pages. Together with NameBytes above what 65,536 directories took: 888 B each with
    // names of 255 characters.
    private const int NodeBytes = 448;

    // A name in its directory's table and list besides its characters.
    private const int NameBytes = 128;

    private long _maxBytes = maxBytes;
    private long _maxNodes = maxNodes;
    private long _bytes;
    private long _nodes;

    public long AvailableBytes => Math.Max(0, Volatile.Read(ref _maxBytes) - Volatile.Read(ref _bytes));

    public long UsedBytes => Volatile.Read(ref _bytes);

    public long UsedNodes => Volatile.Read(ref _nodes);

    /// <summary>From now on, no more is taken than so much. What is there already stays.</summary>
    public void Limit(long bytes, long nodes)
    {
        Volatile.Write(ref _maxBytes, bytes);
        Volatile.Write(ref _maxNodes, nodes);
    }

    public bool TryTakeBytes(long count) =>
        TryTake(ref _bytes, count, Volatile.Read(ref _maxBytes)) || Refuse(isTemporary ? GuestLimit.TemporaryBytes : GuestLimit.StoredBytes);

    public void GiveBytes(long count) => Interlocked.Add(ref _bytes, -count);

    /// <summary>What a name takes in bytes of this process.</summary>
    public static long SizeOf(string name) => NameBytes + ((long)name.Length * sizeof(char));

    /// <summary>Takes a node and its first name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="bytes">What the node takes besides.</param>
    public bool TryTakeNode(string name, long bytes = 0) => TryTakeCounted(NodeBytes + SizeOf(name) + bytes);

    /// <summary>Gives back a node, whose names were given back before.</summary>
    public void GiveNode(long bytes = 0) => GiveCounted(NodeBytes + bytes);

    /// <summary>Takes a further name of a node, which counts like a node.</summary>
    public bool TryTakeLink(string name) => TryTakeCounted(SizeOf(name));

    /// <summary>Gives back the count of a further name; its bytes are given back by <see cref="GiveBytes"/>.</summary>
    public void GiveLink() => Interlocked.Decrement(ref _nodes);

    private bool TryTakeCounted(long bytes)
    {
        if (!TryTake(ref _nodes, 1, Volatile.Read(ref _maxNodes))) return Refuse(isTemporary ? GuestLimit.TemporaryFiles : GuestLimit.StoredKeys);
        if (TryTakeBytes(bytes)) return true;
        Interlocked.Decrement(ref _nodes);
        return false;
    }

    private void GiveCounted(long bytes)
    {
        GiveBytes(bytes);
        Interlocked.Decrement(ref _nodes);
    }

    private static bool Refuse(GuestLimit limit)
    {
        GuestLimitMeter.Count(limit);
        return false;
    }

    private static bool TryTake(ref long used, long count, long limit)
    {
        var seen = Volatile.Read(ref used);
        while (true)
        {
            if (count > limit - seen) return false;
            var current = Interlocked.CompareExchange(ref used, seen + count, seen);
            if (current == seen) return true;
            seen = current;
        }
    }
}
