using System.Diagnostics;
using System.Globalization;

namespace WasiCloud.Embedding.Reliability.History;

/// <summary>
/// A clock that all processes of a machine share and that nobody sets: the machine's monotonic one, from a time of day on that was once agreed.
/// </summary>
/// <param name="origin">The time of day, in ticks, at which the monotonic clock was 0.</param>
internal sealed class SharedClock(long origin) : TimeProvider
{
    /// <summary>As of now the time of day.</summary>
    public static SharedClock Agree() => new(System.GetUtcNow().UtcTicks - Stopwatch.GetTimestamp() / (Stopwatch.Frequency / TimeSpan.TicksPerSecond));

    /// <summary>What <see cref="ToString"/> of another process has said.</summary>
    public static SharedClock Parse(string text) => new(long.Parse(text, CultureInfo.InvariantCulture));

    public override DateTimeOffset GetUtcNow() => new(origin + Ticks, TimeSpan.Zero);

    /// <summary>What guests read as CLOCK_REALTIME, in nanoseconds.</summary>
    public long Nanoseconds => (GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    public override string ToString() => origin.ToString(CultureInfo.InvariantCulture);

    private static long Ticks => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / TimeSpan.TicksPerSecond);
}
