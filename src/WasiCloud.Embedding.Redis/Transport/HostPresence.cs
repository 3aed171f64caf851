using System.Globalization;
using StackExchange.Redis;

namespace WasiCloud.Embedding.Redis.Transport;

/// <summary>This process among those that share: its lease, and which services it serves. Thread-safe.</summary>
internal sealed class HostPresence : IAsyncDisposable
{
    private readonly TransportConnection _connection;
    private readonly HashSet<string> _served = new(StringComparer.Ordinal);

    // One change at a time, so that a renewal does not bring back what was resigned.
    private readonly SemaphoreSlim _turn = new(1);
    private readonly TransportLoop _renewal;

    public HostPresence(TransportConnection connection)
    {
        _connection = connection;
        _renewal = new TransportLoop(connection, RenewAsync);
    }

    /// <summary>The process's name: unlike that of any other, also of the same machine after a restart.</summary>
    public string Host { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The lease in milliseconds.</summary>
    public RedisValue Lease => ((long)_connection.Options.LeaseDuration.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    /// <summary>Says whether this process serves a service.</summary>
    public async Task ServeAsync(string service, bool isServed)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_served.Contains(service) == isServed) return;
            if (isServed) await _connection.RunAsync(TransportScripts.Renew, Host, Lease, service).ConfigureAwait(false);
            else await ResignAsync(service).ConfigureAwait(false);
            if (isServed) _served.Add(service);
            else _served.Remove(service);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _renewal.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    private async Task ResignAsync(string service)
    {
        // What waits is refused in parts, between which others have their turn.
        while ((long)await _connection.RunAsync(TransportScripts.Resign, Host, service).ConfigureAwait(false) == 0)
        {
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _connection.RunAsync(TransportScripts.Renew, [Host, Lease, .. _served.Select(service => (RedisValue)service)])
                .WaitAsync(_connection.Options.LeaseDuration / 3, _connection.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }

        await Task.Delay(_connection.Options.LeaseDuration / 3, _connection.TimeProvider, cancellationToken).ConfigureAwait(false);
    }
}
