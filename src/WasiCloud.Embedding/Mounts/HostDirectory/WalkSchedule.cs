namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>When the next walk through a directory with limits may begin. Thread-safe.</summary>
/// <param name="timeProvider">The clock.</param>
internal sealed class WalkSchedule(TimeProvider timeProvider)
{
    // A walk takes at most a tenth of the time of one processor.
    private const int PauseShare = 9;

    // Between two walks, if the last is exact.
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _last;
    private TimeSpan _pause;

    /// <summary>The last walk that was begun.</summary>
    public Task Last { get; private set; } = Task.CompletedTask;

    /// <summary>Begins a walk on the pool, unless one goes on or it is too early.</summary>
    public void TryBegin(Action walk)
    {
        lock (_lock)
        {
            if (!Last.IsCompleted || timeProvider.GetElapsedTime(_last) < _pause) return;
            Last = Task.Run(walk);
        }
    }

    /// <summary>A walk has ended.</summary>
    /// <param name="started">When it began, by the clock.</param>
    /// <param name="isFirst">Whether it is the first, after which the next may come at once.</param>
    /// <param name="isExact">Whether it missed nothing.</param>
    public void Ended(long started, bool isFirst, bool isExact)
    {
        lock (_lock)
        {
            _last = timeProvider.GetTimestamp();
            var pause = timeProvider.GetElapsedTime(started, _last) * PauseShare;
            _pause = isFirst ? TimeSpan.Zero : isExact && pause < s_interval ? s_interval : pause;
        }
    }
}
