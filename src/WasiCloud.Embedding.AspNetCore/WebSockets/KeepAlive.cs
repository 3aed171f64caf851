namespace WasiCloud.Embedding.AspNetCore.WebSockets;

/// <summary>Asks a client that sends nothing whether it is there (RFC 6455 section 5.5.2), and says if it is not. Thread-safe.</summary>
internal sealed class KeepAlive : IDisposable
{
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _timeout;
    private readonly Func<bool> _isListening;
    private readonly Action _ping;
    private readonly Action _gone;
    private readonly ITimer? _timer;
    private long _lastReceived;

    // When the ping was sent that is not answered; the timer's.
    private long? _asked;

    /// <summary>Begins to watch.</summary>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="interval">How long the client may be silent until it is asked, or infinite.</param>
    /// <param name="timeout">How long it may then be silent, or infinite.</param>
    /// <param name="isListening">Whether somebody would notice an answer now.</param>
    /// <param name="ping">Asks it. Must not block.</param>
    /// <param name="gone">It has not answered.</param>
    public KeepAlive(TimeProvider timeProvider, TimeSpan interval, TimeSpan timeout, Func<bool> isListening, Action ping, Action gone)
    {
        (_timeProvider, _interval, _timeout, _isListening, _ping, _gone) = (timeProvider, interval, timeout, isListening, ping, gone);
        _lastReceived = timeProvider.GetTimestamp();
        if (interval == Timeout.InfiniteTimeSpan) return;
        _timer = timeProvider.CreateTimer(static self => ((KeepAlive)self!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Wait(interval);
    }

    /// <summary>Something has come.</summary>
    public void Received() => Volatile.Write(ref _lastReceived, _timeProvider.GetTimestamp());

    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        var last = Volatile.Read(ref _lastReceived);
        if (_asked is { } asked && last < asked && _timeout != Timeout.InfiniteTimeSpan)
        {
            // While nobody takes messages, an answer may lie behind them.
            if (!_isListening()) _asked = asked = _timeProvider.GetTimestamp();
            var left = _timeout - _timeProvider.GetElapsedTime(asked);
            if (left > TimeSpan.Zero) Wait(left);
            else _gone();
            return;
        }

        var silence = _timeProvider.GetElapsedTime(last);
        if (silence < _interval)
        {
            _asked = null;
            Wait(_interval - silence);
            return;
        }

        _asked = _timeProvider.GetTimestamp();
        _ping();
        Wait(_timeout == Timeout.InfiniteTimeSpan ? _interval : _timeout);
    }

    private void Wait(TimeSpan time) => _timer!.Change(time, Timeout.InfiniteTimeSpan);
}
