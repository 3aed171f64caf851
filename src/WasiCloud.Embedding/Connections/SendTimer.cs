namespace WasiCloud.Embedding.Connections;

/// <summary>
/// Bounds how long each of many sends may take, without a timer for each. Thread-safe; of sends at the same time, the one that began last has its time.
/// </summary>
internal sealed class SendTimer(TimeProvider timeProvider, TimeSpan timeout, Action expired) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private int _sends;

    /// <summary>A send begins.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            _timer ??= timeProvider.CreateTimer(static action => ((Action)action!)(), expired, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _sends++;
            _timer.Change(timeout, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>What is being sent has only this long from now on.</summary>
    public void Hurry(TimeSpan rest)
    {
        lock (_lock)
        {
            if (_sends > 0 && rest < timeout) _timer!.Change(rest, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The send is over.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (--_sends == 0) _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public ValueTask DisposeAsync() => _timer?.DisposeAsync() ?? default;
}
