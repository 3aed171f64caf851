namespace WasiCloud.Embedding.FileSystem;

/// <summary>
/// Converts .NET's times to the contract's, which are WASI's <c>timestamp</c>: nanoseconds since 1970-01-01T00:00:00Z, in 64 bits without a sign.
/// </summary>
internal static class UnixTime
{
    // 2554-07-21, after which 64 bits of nanoseconds are at their end.
    private const long MaxTicks = (long)(ulong.MaxValue / TimeSpan.NanosecondsPerTick);

    /// <summary>Converts a time; what is earlier than all that there are is 0, and what is later the last.</summary>
    public static ulong ToNanoseconds(DateTimeOffset time)
    {
        var ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;
        return ticks <= 0 ? 0 : ticks > MaxTicks ? ulong.MaxValue : (ulong)ticks * TimeSpan.NanosecondsPerTick;
    }
}
