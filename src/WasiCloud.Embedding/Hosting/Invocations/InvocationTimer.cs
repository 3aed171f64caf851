namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>Limits the time of one invocation after another with one timer. Thread-safe.</summary>
/// <remarks>A timer that was stopped may still fire, when the next invocation runs; so whoever fires looks whether the time is up.</remarks>
/// <param name="timeProvider">The clock.</param>
/// <param name="exceed">Told once for each <see cref="Start"/> that was not followed by a <see cref="Stop"/> in time.</param>
#pragma warning disable CA1001 // A timer that is not armed holds nothing, and it never stays armed.
internal sealed class InvocationTimer(TimeProvider timeProvider, Action exceed)
#pragma warning restore CA1001
{
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private TimeSpan _timeout;
    private bool _isRunning;

    /// <summary>When it was started last, in timestamps of the clock.</summary>
    public long Started { get; private set; }

    /// <summary>The time begins.</summary>
    public void Start(TimeSpan timeout)
    {
        lock (_lock)
        {
            (Started, _timeout, _isRunning) = (timeProvider.GetTimestamp(), timeout, true);
            if (_timer is not null) _timer.Change(timeout, Timeout.InfiniteTimeSpan);
            else _timer = timeProvider.CreateTimer(static self => ((InvocationTimer)self!).Fire(), this, timeout, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The time ends.</summary>
    /// <returns>Whether it did so before it was up.</returns>
    public bool Stop()
    {
        lock (_lock)
        {
            if (!_isRunning) return false;
            _isRunning = false;
            if (_timeout != Timeout.InfiniteTimeSpan) _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return true;
        }
    }

    private void Fire()
    {
        lock (_lock)
        {
            if (!_isRunning || _timeout == Timeout.InfiniteTimeSpan) return;

            // Timers count other ticks than timestamps and may be early by a fraction of a millisecond.
            var remaining = _timeout - timeProvider.GetElapsedTime(Started);
            if (remaining >= TimeSpan.FromMilliseconds(1))
            {
                _timer!.Change(remaining, Timeout.InfiniteTimeSpan);
                return;
            }

            _isRunning = false;
        }

        exceed();
    }
}
