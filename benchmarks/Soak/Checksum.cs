namespace WasiCloud.Embedding.Soak;

/// <summary>FNV-1a with 64 bits, as the guest computes it: http://www.isthe.com/chongo/tech/comp/fnv/.</summary>
internal static class Checksum
{
    /// <summary>The checksum of nothing.</summary>
    public const ulong Start = 14695981039346656037;

    private const ulong Prime = 1099511628211;

    /// <summary>Goes on with more bytes.</summary>
    public static ulong Add(ulong checksum, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes) checksum = (checksum ^ value) * Prime;
        return checksum;
    }
}
