using System.Diagnostics;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>
/// How long a guest and its host calls have run. A stretch that ends before a tick of the epoch is measured by the clock on the wall, which costs 50 ns; from
/// its first tick on by the
/// thread's processor time, where there is one. Used by one thread at a time.
/// </summary>
internal sealed class CpuMeter
{
    // A call of an instance is too short to look at a clock each time: it is measured from its first tick.
    private static readonly long Tick = (long)(EpochTicker.Interval.TotalSeconds * Stopwatch.Frequency);

    private IWorkSource? _source;
    private long _limit = long.MaxValue;
    private bool _isExceeded;
    private int _taken;
    private long _began;
    private long _stopped;
    private long _threadTime = ThreadClock.None;

    /// <summary>What was used, of a guest that lives long for what it does now, in ticks of <see cref="Stopwatch"/>.</summary>
    public long Used { get; private set; }

    /// <summary>What was used since <see cref="Reset"/>.</summary>
    public TimeSpan Total => Stopwatch.GetElapsedTime(0, TotalTicks);

    /// <summary>The same, in ticks of <see cref="Stopwatch"/>.</summary>
    public long TotalTicks { get; private set; }

    /// <summary>How long the guest did not run before it was started last, in ticks of <see cref="Stopwatch"/>.</summary>
    public long LastPause => _began - _stopped;

    /// <summary>The limit.</summary>
    public TimeSpan Limit { get; private set; } = Timeout.InfiniteTimeSpan;

    /// <summary>Whether the limit is exceeded.</summary>
    public bool IsExceeded => _isExceeded || Used > _limit;

    /// <summary>
    /// Whether the limit is exceeded with so much more, which a call that goes on computed where the meter does not run. If so, it stays exceeded.
    /// </summary>
    public bool IsExceededWith(long ticks) => _isExceeded |= Used + ticks > _limit;

    /// <summary>Another limit than its own is exceeded, and stays so until the next call.</summary>
    public void Exceed() => _isExceeded = true;

    /// <summary>Adds what a call computed where the meter did not run.</summary>
    public void Add(long ticks)
    {
        TotalTicks += ticks;
        Used += ticks;
    }

    /// <summary>Begins with a guest.</summary>
    /// <param name="limit">How much it may use.</param>
    /// <param name="source">What gives it one thing after another to do, for each of which it may use as much again.</param>
    public void Reset(TimeSpan limit, IWorkSource? source)
    {
        (_source, _taken, TotalTicks, _stopped) = (source, source?.Taken ?? 0, 0, 0);
        BeginCall(limit);
    }

    /// <summary>A call of an instance begins. Looks at no clock.</summary>
    public void BeginCall(TimeSpan limit)
    {
        Limit = limit;
        _limit = limit == Timeout.InfiniteTimeSpan ? long.MaxValue : (long)(limit.TotalSeconds * Stopwatch.Frequency);
        (Used, _began, _threadTime, _isExceeded) = (0, 0, ThreadClock.None, false);
    }

    /// <summary>The guest goes on, on this thread.</summary>
    /// <param name="isTicking">Whether it computed for a tick before, so that it is likely to do so again.</param>
    public void Start(bool isTicking)
    {
        _began = Stopwatch.GetTimestamp();
        _threadTime = isTicking ? ThreadClock.Read() : ThreadClock.None;
    }

    /// <summary>What the guest waited for has come. What one that lives long computes on its own account is limited to half of the time.</summary>
    public void NoteWoken()
    {
        if (_source is not null) Used = Math.Max(0, Used - (Stopwatch.GetTimestamp() - _stopped));
    }

    /// <summary>A tick of the epoch has come to the guest, on its thread.</summary>
    /// <returns>What was used since it was last asked.</returns>
    public long NoteTick()
    {
        var used = Measure();
        if (_threadTime == ThreadClock.None) _threadTime = ThreadClock.Read();
        return used;
    }

    /// <summary>The guest has left its thread, or waits.</summary>
    /// <returns>What was used since it was last asked.</returns>
    public long Stop()
    {
        // Nothing was measured of a call that no tick came to.
        if (_began == 0) return 0;
        var used = Measure();
        (_stopped, _began, _threadTime) = (_began, 0, ThreadClock.None);
        return used;
    }

    private long Measure()
    {
        var now = Stopwatch.GetTimestamp();
        var used = _began == 0 ? Tick : now - _began;
        if (_threadTime != ThreadClock.None)
        {
            var threadTime = ThreadClock.Read();
            used = Math.Min(used, (long)((threadTime - _threadTime) * (Stopwatch.Frequency / 1e9)));
            _threadTime = threadTime;
        }

        _began = now;
        TotalTicks += used;
        if (_source is { } source && source.Taken != _taken) (_taken, Used) = (source.Taken, 0);
        Used += used;
        return used;
    }
}
