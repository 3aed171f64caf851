namespace WasiCloud.Embedding.FileSystem;

/// <summary>
/// Converts .NET's times to the contract's, which are WASI's <c>timestamp</c>: nanoseconds since 1970-01-01T00:00:00Z, in 64 bits without a sign.
/// </summary>
public static class UnixTime
{
    // 2554-07-21, after which 64 bits of nanoseconds are at their end.
    private const long MaxTicks = (long)(ulong.MaxValue / TimeSpan.NanosecondsPerTick);

    /// <summary>Converts a time.</summary>
    /// <param name="time">The time.</param>
    /// <returns>As in <see cref="NodeAttributes"/>: 0 for what is before 1970, <see cref="ulong.MaxValue"/> for what is after 2554.</returns>
    public static ulong ToNanoseconds(DateTimeOffset time)
    {
        var ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;
        return ticks <= 0 ? 0 : ticks > MaxTicks ? ulong.MaxValue : (ulong)ticks * TimeSpan.NanosecondsPerTick;
    }
}
