namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>Counts what a tree takes of its limits. Thread-safe without the tree's lock, since contents grow under their own.</summary>
internal sealed class MemoryQuota(long maxBytes, int maxNodes)
{
    private long _bytes;
    private long _nodes;

    public long AvailableBytes => maxBytes - Volatile.Read(ref _bytes);

    public long UsedBytes => Volatile.Read(ref _bytes);

    public long UsedNodes => Volatile.Read(ref _nodes);

    public bool TryTakeBytes(long count) => TryTake(ref _bytes, count, maxBytes);

    public void GiveBytes(long count) => Interlocked.Add(ref _bytes, -count);

    public bool TryTakeNode() => TryTake(ref _nodes, 1, maxNodes);

    public void GiveNode() => Interlocked.Decrement(ref _nodes);

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
