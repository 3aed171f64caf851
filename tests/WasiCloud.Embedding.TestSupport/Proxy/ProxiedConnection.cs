using System.Net.Sockets;

namespace WasiCloud.Embedding;

/// <summary>One connection through a <see cref="TcpProxy"/>: a client's, and the one that was made to the server for it. Thread-safe.</summary>
internal sealed class ProxiedConnection : IAsyncDisposable
{
    private readonly Socket _client;
    private readonly Socket _server;
    private Task _passing = Task.CompletedTask;

    internal ProxiedConnection(Socket client, Socket server)
    {
        (_client, _server) = (client, server);
        ToServer = new ProxiedDirection(client, server);
        ToClient = new ProxiedDirection(server, client);
    }

    /// <summary>What the client sends.</summary>
    public ProxiedDirection ToServer { get; }

    /// <summary>What the server sends.</summary>
    public ProxiedDirection ToClient { get; }

    /// <summary>Whether nothing will pass any more, in neither direction.</summary>
    public bool IsOver => ToServer.IsOver && ToClient.IsOver;

    /// <summary>Holds both directions: the connection is there, and nothing passes.</summary>
    public void Hold()
    {
        ToServer.Hold();
        ToClient.Hold();
    }

    /// <summary>Lets what was held pass, and what comes.</summary>
    public void Release()
    {
        ToServer.Release();
        ToClient.Release();
    }

    /// <summary>
    /// Resets the client's connection. The server knows nothing of it: what the client had sent, and is held, is still to be delivered by <see
    /// cref="ProxiedDirection.Release"/> of
    /// <see cref="ToServer"/>, and only after it the end of the connection. What the server answers is lost.
    /// </summary>
    public void CutClient()
    {
        ToClient.Lose();
        _client.Close(0);
    }

    /// <summary>Resets the server's connection. The client knows nothing of it: it goes on sending into nowhere, until <see cref="CutClient"/>.</summary>
    public void CutServer()
    {
        ToServer.Lose();
        ToClient.Hold();
        _server.Close(0);
    }

    /// <summary>Resets both. What was held is lost.</summary>
    public void Drop()
    {
        ToServer.Lose();
        ToClient.Lose();
        _client.Close(0);
        _server.Close(0);
    }

    public async ValueTask DisposeAsync()
    {
        Drop();
        await _passing;
    }

    internal void Begin() => _passing = Task.WhenAll(ToServer.PassAsync(), ToClient.PassAsync());
}
