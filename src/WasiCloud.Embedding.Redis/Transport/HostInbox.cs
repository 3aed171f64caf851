using StackExchange.Redis;

namespace WasiCloud.Embedding.Redis.Transport;

/// <summary>What this process is told: the outcomes of its calls, and which calls of others nobody waits for any more.</summary>
internal sealed class HostInbox : IAsyncDisposable
{
    // As long as they are small; the script gives fewer if they have many bytes.
    private const int MaxTold = 16;
    private const int ValuesPerMessage = 4;

    private readonly TransportConnection _connection;
    private readonly string _host;
    private readonly Action<string, string, ReadOnlyMemory<byte>> _ended;
    private readonly Action<string> _withdrawn;
    private readonly Announcements _told;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly TransportLoop _loop;

    /// <summary>Begins to listen.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="host">This process.</param>
    /// <param name="ended">Called with a call of this process, its error or nothing, and its response.</param>
    /// <param name="withdrawn">Called with a call that this process serves.</param>
    public HostInbox(TransportConnection connection, string host, Action<string, string, ReadOnlyMemory<byte>> ended, Action<string> withdrawn)
    {
        (_connection, _host, _ended, _withdrawn) = (connection, host, ended, withdrawn);
        _told = new Announcements(connection, "inbox:" + host);
        _loop = new TransportLoop(connection, StepAsync);
    }

    /// <summary>Takes all that was told before this was called.</summary>
    public async Task DrainAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            while (await ReceiveAsync().ConfigureAwait(false) > 0)
            {
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        await _told.ListenAsync().ConfigureAwait(false);
        var told = _told.Next;
        await DrainAsync().ConfigureAwait(false);
        await _connection.WaitAsync(told, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> ReceiveAsync()
    {
        var values = (RedisValue[])(await _connection.RunAsync(TransportScripts.Receive, _host, MaxTold * ValuesPerMessage).ConfigureAwait(false))!;
        for (var index = 0; index < values.Length; index += ValuesPerMessage)
        {
            var call = (string)values[index + 1]!;
            if (values[index] == TransportScripts.Response) _ended(call, (string)values[index + 2]!, values[index + 3]);
            else _withdrawn(call);
        }

        return values.Length / ValuesPerMessage;
    }
}
