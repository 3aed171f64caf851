namespace WasiCloud.Embedding.Connections;

/// <summary>Bounds how long each of many sends may take, without a timer for each. One send at a time.</summary>
internal sealed class SendTimer(TimeProvider timeProvider, TimeSpan timeout, Action expired) : IAsyncDisposable
{
    private ITimer? _timer;

    /// <summary>A send begins.</summary>
    public void Begin()
    {
        _timer ??= timeProvider.CreateTimer(static action => ((Action)action!)(), expired, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The send is over.</summary>
    public void End() => _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public ValueTask DisposeAsync() => _timer?.DisposeAsync() ?? default;
}
