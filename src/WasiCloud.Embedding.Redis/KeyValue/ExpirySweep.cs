using StackExchange.Redis;
using WasiCloud.Embedding.Redis.Server;

namespace WasiCloud.Embedding.Redis.KeyValue;

/// <summary>Deletes expired entries when they are due, and from time to time those of hosts that have ended. Thread-safe.</summary>
internal sealed class ExpirySweep : IAsyncDisposable
{
    // Keeps entries that expire one shortly after the other from costing a call each.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(10);

    private readonly Lock _lock = new();
    private readonly RedisConnection _connection;
    private readonly ScopeKeys _keys;
    private readonly RedisValue[] _arguments;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _timeProvider;
    private readonly ITimer _timer;
    private DateTimeOffset _due;
    private bool _isDisposed;

    public ExpirySweep(RedisConnection connection, ScopeKeys keys, RedisKeyValueOptions options, TimeProvider timeProvider)
    {
        (_connection, _keys, _interval, _timeProvider) = (connection, keys, options.SweepInterval, timeProvider);
        _arguments = [keys.Base, options.HistoryLength];
        _due = timeProvider.GetUtcNow() + _interval;
        _timer = timeProvider.CreateTimer(static state => ((ExpirySweep)state!).OnTimer(), this, _interval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sees to it that there is a sweep at a time.</summary>
    public void Schedule(DateTimeOffset due)
    {
        lock (_lock)
        {
            if (!_isDisposed && due < _due) Arm(due);
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_lock) _isDisposed = true;
        return _timer.DisposeAsync();
    }

    private void OnTimer()
    {
        // What is scheduled while the sweep is on its way arms the timer anew.
        lock (_lock) _due = DateTimeOffset.MaxValue;
        _ = SweepAsync();
    }

    private async Task SweepAsync()
    {
        var wait = _interval;
        try
        {
            var next = await _connection.RunAsync(
                "expire",
                this,
                static async (database, self) => (long)await Scripts.Sweep.RunAsync(database, self._keys.Shared, self._arguments).ConfigureAwait(false),
                CancellationToken.None).ConfigureAwait(false);
            if (next >= 0 && next < wait.TotalMilliseconds) wait = TimeSpan.FromMilliseconds(next);
        }
        catch (Exception exception) when (exception is RedisKeyValueException or ObjectDisposedException)
        {
            // Nobody waits for it: reads do not see expired entries anyway, and the next sweep or commit deletes them.
        }

        Schedule(_timeProvider.GetUtcNow() + wait);
    }

    private void Arm(DateTimeOffset due)
    {
        _due = due;
        var wait = due - _timeProvider.GetUtcNow();
        _timer.Change(wait < ShortestWait ? ShortestWait : wait, Timeout.InfiniteTimeSpan);
    }
}
