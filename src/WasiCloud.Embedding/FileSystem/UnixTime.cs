namespace WasiCloud.Embedding.FileSystem;

/// <summary>Converts .NET's times to the contract's: nanoseconds since 1970-01-01T00:00:00Z.</summary>
internal static class UnixTime
{
    public static long ToNanoseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * TimeSpan.NanosecondsPerTick;
}
