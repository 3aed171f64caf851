namespace WasiCloud.Embedding.HostCalls;

/// <summary>Which ranges of a guest's memory the host writes in one call, of a guest that is observed. Reused by call after call.</summary>
internal sealed class MemoryWrites
{
    private ulong[] _ranges = new ulong[4];

    /// <summary>How many ranges.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes in all of them.</summary>
    public ulong TotalBytes { get; private set; }

    /// <summary>The ranges, as <see cref="HostCallRecord.Range"/> makes them.</summary>
    public ReadOnlySpan<ulong> Ranges => _ranges.AsSpan(0, Count);

    /// <summary>Adds a range. What follows the last one is one with it, so that their number is bounded by that of a call's buffers.</summary>
    public void Add(uint address, uint length)
    {
        if (length == 0) return;
        TotalBytes += length;
        if (Count == 0) (_ranges[0], Count) = (HostCallRecord.Range(address, length), 1);
        else AddBehindOthers(address, length);
    }

    public void Clear() => (Count, TotalBytes) = (0, 0);

    private void AddBehindOthers(uint address, uint length)
    {
        ref var last = ref _ranges[Count - 1];
        var (start, lastLength) = (HostCallRecord.AddressOf(last), HostCallRecord.LengthOf(last));
        if ((ulong)start + lastLength == address && (ulong)lastLength + length <= int.MaxValue)
        {
            last = HostCallRecord.Range(start, lastLength + length);
            return;
        }

        if (Count == _ranges.Length) Array.Resize(ref _ranges, 2 * Count);
        _ranges[Count++] = HostCallRecord.Range(address, length);
    }
}
