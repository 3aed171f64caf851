using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.KeyValue;

internal static class FileTimes
{
    private const long NanosecondsPerTick = 1_000_000_000 / TimeSpan.TicksPerSecond;

    /// <summary>The attributes of a file: all times are that of the commit, because a value is written as a whole.</summary>
    public static NodeAttributes ToAttributes(long size, DateTimeOffset modified)
    {
        var time = (modified.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * NanosecondsPerTick;
        return new NodeAttributes(Size: (ulong)size, Accessed: time, Modified: time, Changed: time);
    }
}
