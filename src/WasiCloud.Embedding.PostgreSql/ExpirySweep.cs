namespace WasiCloud.Embedding.PostgreSql;

/// <summary>Deletes expired entries when nobody commits, so that watchers learn of it. Thread-safe.</summary>
internal sealed class ExpirySweep : IAsyncDisposable
{
    // Timers of the platform take at most 49 days; an entry that lives longer is looked at again then.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    // The server's clock is the one that counts, so a little late is better than too early, which would take a second sweep.
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(2);

    private readonly Lock _lock = new();
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _retryInterval;
    private readonly Func<Task> _sweep;
    private readonly ITimer _timer;
    private readonly long _started;

    // Since the start: the time of day may be set meanwhile, which the timer does not follow.
    private TimeSpan? _due;

    /// <summary>Creates the timer, not running.</summary>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="retryInterval">When to try again after a failure.</param>
    /// <param name="sweep">Deletes and schedules what comes next.</param>
    public ExpirySweep(TimeProvider timeProvider, TimeSpan retryInterval, Func<Task> sweep)
    {
        (_timeProvider, _retryInterval, _sweep, _started) = (timeProvider, retryInterval, sweep, timeProvider.GetTimestamp());
        _timer = timeProvider.CreateTimer(static state => _ = ((ExpirySweep)state!).RunAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sees to it that a sweep comes in time.</summary>
    public void Schedule(TimeSpan? expiresIn)
    {
        if (expiresIn is not { } delay) return;
        delay = delay < TimeSpan.Zero ? Margin : delay > LongestTimer ? LongestTimer : delay + Margin;
        lock (_lock)
        {
            var due = _timeProvider.GetElapsedTime(_started) + delay;
            if (_due <= due) return;
            _due = due;
            _timer.Change(delay, Timeout.InfiniteTimeSpan);
        }
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private async Task RunAsync()
    {
        lock (_lock) _due = null;
        try
        {
            await _sweep().ConfigureAwait(false);
        }
        catch (PostgreSqlKeyValueException)
        {
            // Nobody waits for it; reads do not show expired entries meanwhile.
            Schedule(_retryInterval);
        }
        catch (ObjectDisposedException)
        {
            // The next user of the scope sweeps.
        }
    }
}
