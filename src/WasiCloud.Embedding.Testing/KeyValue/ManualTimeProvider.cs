namespace WasiCloud.Embedding.Testing.KeyValue;

/// <summary>
/// A clock that stands still until it is told to move. Thread-safe; timers run on the thread that moves it, in the order in which they are due.
/// </summary>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now;
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock and runs the timers that become due.</summary>
    /// <param name="time">How far; not negative.</param>
    public void Advance(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        var end = GetUtcNow() + time;
        while (NextDue(end) is { } timer) timer.Run();
        lock (_lock) _now = end;
    }

    private ManualTimer? NextDue(DateTimeOffset end)
    {
        lock (_lock)
        {
            var timer = _timers.Where(candidate => candidate.Due <= end).MinBy(candidate => candidate.Due);
            if (timer is null) return null;
            if (timer.Due > _now) _now = timer.Due.Value;
            timer.Due = timer.Period > TimeSpan.Zero ? timer.Due + timer.Period : null;
            return timer;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset? Due { get; set; }

        public TimeSpan Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._lock)
            {
                owner._timers.Remove(this);
                Due = dueTime < TimeSpan.Zero ? null : owner._now + dueTime;
                Period = period;
                if (Due is not null) owner._timers.Add(this);
                return true;
            }
        }

        public void Run() => callback(state);

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
