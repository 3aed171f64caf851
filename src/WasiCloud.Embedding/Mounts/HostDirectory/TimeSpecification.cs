using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary><c>struct timespec</c> of 64-bit systems.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct TimeSpecification
{
    public const long NanosecondsPerSecond = 1_000_000_000;
    public const long MaxSeconds = (long.MaxValue / NanosecondsPerSecond) - 1;

    // UTIME_OMIT
    private const long Omit = (1L << 30) - 2;

    private readonly long _seconds;
    private readonly long _nanoseconds;

    /// <summary>Converts nanoseconds since the epoch; <see langword="null"/> leaves the time as it is.</summary>
    public TimeSpecification(long? time)
    {
        // The fraction counts upwards also before 1970.
        var fraction = time.GetValueOrDefault() % NanosecondsPerSecond;
        if (fraction < 0) fraction += NanosecondsPerSecond;
        _seconds = (time.GetValueOrDefault() - fraction) / NanosecondsPerSecond;
        _nanoseconds = time is null ? Omit : fraction;
    }
}
