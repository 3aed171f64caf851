namespace WasiCloud.Embedding.Hosting.Daemons;

/// <summary>Says when a daemon's guest is started again: later each time, and not at all if it ends too often.</summary>
internal sealed class RestartSchedule(GuestDaemonOptions options, TimeProvider timeProvider)
{
    private readonly Queue<long> _restarts = [];
    private TimeSpan _delay = options.MinRestartDelay;

    /// <summary>The guest has ended.</summary>
    /// <param name="uptime">How long it had run.</param>
    /// <param name="delay">After how long it is started again.</param>
    /// <returns>Whether it is.</returns>
    public bool TryNext(TimeSpan uptime, out TimeSpan delay)
    {
        if (uptime >= options.RestartWindow) _delay = options.MinRestartDelay;
        delay = _delay;
        while (_restarts.TryPeek(out var oldest) && timeProvider.GetElapsedTime(oldest) > options.RestartWindow) _restarts.Dequeue();
        if (_restarts.Count >= options.MaxRestarts) return false;
        _restarts.Enqueue(timeProvider.GetTimestamp());
        _delay = _delay * 2 < options.MaxRestartDelay ? _delay * 2 : options.MaxRestartDelay;
        return true;
    }
}
