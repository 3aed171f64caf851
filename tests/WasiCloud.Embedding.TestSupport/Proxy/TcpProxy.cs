using System.Net;
using System.Net.Sockets;

namespace WasiCloud.Embedding;

/// <summary>
/// A network that tests can break: it stands between clients and a server on loopback, passes what both send, and delays, loses, cuts or delivers it late when
/// it is told to, one connection and one direction at a time. Nothing in it happens by time. Thread-safe.
/// </summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Signal _signal = new();
    private readonly List<ProxiedConnection> _connections = [];
    private readonly int _serverPort;
    private readonly Task _accepting;
    private bool _isRefusing;
    private Action<ProxiedConnection>? _prepare;

    private TcpProxy(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect to, instead of the server's own port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>All connections that clients have made, in their order, those that are over included.</summary>
    public IReadOnlyList<ProxiedConnection> Connections
    {
        get
        {
            lock (_connections) return [.. _connections];
        }
    }

    /// <summary>Starts one.</summary>
    /// <param name="serverPort">The server's port on loopback.</param>
    public static TcpProxy Start(int serverPort) => new(serverPort);

    /// <summary>From now on, new connections are closed before they say anything, as of a server that is away. Those there are go on.</summary>
    public void Refuse() => Volatile.Write(ref _isRefusing, true);

    /// <summary>From now on, new connections are made again.</summary>
    public void Accept() => Volatile.Write(ref _isRefusing, false);

    /// <summary>Is called for each new connection before a byte of it passes, for example to hold it from its beginning.</summary>
    /// <param name="prepare">What is to be done; <see langword="null"/> for nothing.</param>
    public void Prepare(Action<ProxiedConnection>? prepare)
    {
        // Whoever calls ForEach next finds all connections that were prepared before.
        lock (_connections) _prepare = prepare;
    }

    /// <summary>Waits until clients have made so many connections, those that are over included.</summary>
    public async Task<IReadOnlyList<ProxiedConnection>> WaitForConnectionsAsync(int count, CancellationToken cancellationToken = default)
    {
        await _signal.WaitAsync(() => Connections.Count >= count, cancellationToken);
        return Connections;
    }

    /// <summary>Calls something for each connection that is not over.</summary>
    public void ForEach(Action<ProxiedConnection> action)
    {
        foreach (var connection in Connections.Where(connection => !connection.IsOver)) action(connection);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        foreach (var connection in Connections) await connection.DisposeAsync();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // The proxy is disposed.
                return;
            }

            if (Volatile.Read(ref _isRefusing) || await ConnectAsync() is not { } server)
            {
                client.Close(0);
                continue;
            }

            client.NoDelay = true;
            var connection = new ProxiedConnection(client, server);
            lock (_connections)
            {
                _prepare?.Invoke(connection);
                _connections.Add(connection);
            }

            connection.Begin();
            _signal.Raise();
        }
    }

    private async Task<Socket?> ConnectAsync()
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _serverPort);
            return server;
        }
        catch (SocketException)
        {
            // The server is away, and so is the proxy for this client.
            server.Dispose();
            return null;
        }
    }
}
