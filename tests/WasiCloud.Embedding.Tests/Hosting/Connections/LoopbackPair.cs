using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;

namespace WasiCloud.Embedding.Tests.Hosting.Connections;

/// <summary>The two ends of one TCP connection on the loopback interface.</summary>
internal sealed class LoopbackPair : IDisposable
{
    private LoopbackPair(Socket client, Socket server) =>
        (Client, Server) = (new NetworkStream(client, ownsSocket: true), new NetworkStream(server, ownsSocket: true));

    public NetworkStream Client { get; }

    public NetworkStream Server { get; }

    public static async Task<LoopbackPair> ConnectAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var accepting = listener.AcceptAsync();
        await client.ConnectAsync(listener.LocalEndPoint!);
        return new LoopbackPair(client, await accepting);
    }

    /// <summary>Makes them a WebSocket.</summary>
    public (WebSocket Client, WebSocket Server) Upgrade(string? subProtocol = null) =>
        (WebSocket.CreateFromStream(Client, isServer: false, subProtocol, Timeout.InfiniteTimeSpan),
            WebSocket.CreateFromStream(Server, isServer: true, subProtocol, Timeout.InfiniteTimeSpan));

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}
