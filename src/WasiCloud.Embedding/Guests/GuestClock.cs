using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Guests;

/// <summary>The clocks of one guest after another, in nanoseconds.</summary>
internal sealed class GuestClock(TimeProvider timeProvider) : IMonotonicClock
{
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long NanosecondsPerMillisecond = 1_000_000;

    private long _start = timeProvider.GetTimestamp();

    public TimeProvider TimeProvider => timeProvider;

    /// <summary>Since 1970-01-01T00:00:00Z. The resolution is .NET's, 100 ns.</summary>
    public ulong RealtimeNanoseconds => UnixTime.ToNanoseconds(timeProvider.GetUtcNow());

    public static long RealtimeResolution => TimeSpan.NanosecondsPerTick;

    /// <summary>A guest starts.</summary>
    public void Restart() => _start = timeProvider.GetTimestamp();

    /// <summary>Since the guest started, and never back: guests learn nothing of the host's uptime.</summary>
    public long MonotonicNanoseconds
    {
        get
        {
            var elapsed = timeProvider.GetTimestamp() - _start;
            var frequency = timeProvider.TimestampFrequency;
            return frequency == NanosecondsPerSecond ? elapsed : (long)((Int128)elapsed * NanosecondsPerSecond / frequency);
        }
    }

    public long MonotonicResolution => Math.Max(1, NanosecondsPerSecond / timeProvider.TimestampFrequency);

    /// <summary>
    /// Waits until the monotonic clock may have reached a deadline; the caller looks again. <see cref="long.MaxValue"/> waits for the cancellation.
    /// </summary>
    public Task DelayUntilAsync(long deadline, CancellationToken cancellationToken)
    {
        // Timers count whole milliseconds; rounding up never wakes early, and the cap keeps within what a timer can hold.
        const long maxMilliseconds = int.MaxValue - 1;
        var (milliseconds, rest) = Math.DivRem(Math.Max(0, deadline - MonotonicNanoseconds), NanosecondsPerMillisecond);
        if (rest > 0) milliseconds++;
        return Task.Delay(TimeSpan.FromMilliseconds(Math.Min(milliseconds, maxMilliseconds)), timeProvider, cancellationToken);
    }
}
