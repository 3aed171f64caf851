namespace WasiCloud.Embedding.Fuzz.Imports;

/// <summary>Finds bytes that changed where they must not. Of a memory that is too large to be copied each time, the two ends are watched.</summary>
internal sealed class MemoryWatch
{
    private const int MaxWatched = 128 << 10;

    private readonly GuardedMemory _memory;
    private readonly List<(ulong Start, byte[] Bytes)> _copies = [];

    public MemoryWatch(GuardedMemory memory)
    {
        _memory = memory;
        if (memory.Length <= MaxWatched)
        {
            Copy(0, (int)memory.Length);
            return;
        }

        Copy(0, MaxWatched / 2);
        Copy(memory.Length - (MaxWatched / 2), MaxWatched / 2);
    }

    /// <summary>The first address outside the ranges whose byte is not what it was.</summary>
    public ulong? FirstChange(List<(ulong Start, ulong Length)> allowed)
    {
        foreach (var (start, bytes) in _copies)
        {
            var now = _memory.Slice(start, bytes.Length);
            for (var position = now.CommonPrefixLength(bytes); position < bytes.Length; position += 1 + now[(position + 1)..]
                .CommonPrefixLength(bytes.AsSpan(position + 1)))
            {
                var address = start + (ulong)position;
                if (!allowed.Exists(range => address >= range.Start && address - range.Start < range.Length)) return address;
            }
        }

        return null;
    }

    private void Copy(ulong start, int count) => _copies.Add((start, _memory.Slice(start, count).ToArray()));
}
