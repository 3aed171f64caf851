using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.KeyValue;

/// <summary>How much the guests of a scope, or of one part of it, may hold in it together.</summary>
/// <param name="MaxBytes">Bytes of keys and values; <see cref="long.MaxValue"/> is no limit.</param>
/// <param name="MaxKeys">Keys; <see cref="long.MaxValue"/> is no limit.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct KeyValueQuota(long MaxBytes, long MaxKeys)
{
    public bool IsUnlimited => MaxBytes == long.MaxValue && MaxKeys == long.MaxValue;

    /// <summary>Whether a change is within the quota. What does not grow is, even if there is too much already.</summary>
    public bool Allows(KeyValueUsage used, KeyValueUsage change) =>
        (change.Bytes <= 0 || change.Bytes <= MaxBytes - used.Bytes) && (change.Keys <= 0 || change.Keys <= MaxKeys - used.Keys);

    /// <summary>Counts, for meters, which of the two a change is refused for.</summary>
    public void CountRefusal(KeyValueUsage used, KeyValueUsage change) =>
        GuestLimitMeter.Count(change.Keys > 0 && change.Keys > MaxKeys - used.Keys ? GuestLimit.StoredKeys : GuestLimit.StoredBytes);

    public bool IsExceededBy(KeyValueUsage used) => used.Bytes > MaxBytes || used.Keys > MaxKeys;

    /// <summary>The quota less one part of so many.</summary>
    public KeyValueQuota Without(int part) => new(MaxBytes - (MaxBytes / part), MaxKeys - (MaxKeys / part));
}
