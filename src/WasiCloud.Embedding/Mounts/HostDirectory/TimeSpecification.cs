using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary><c>struct timespec</c> of 64-bit systems.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct TimeSpecification
{
    public const ulong NanosecondsPerSecond = 1_000_000_000;

    // UTIME_OMIT
    private const long Omit = (1L << 30) - 2;

    private readonly long _seconds;
    private readonly long _nanoseconds;

    /// <summary>Converts nanoseconds since the epoch; <see langword="null"/> leaves the time as it is.</summary>
    public TimeSpecification(ulong? time)
    {
        var (seconds, fraction) = Math.DivRem(time.GetValueOrDefault(), NanosecondsPerSecond);
        (_seconds, _nanoseconds) = ((long)seconds, time is null ? Omit : (long)fraction);
    }
}
