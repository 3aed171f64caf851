using System.Net;
using System.Net.Sockets;
using System.Text;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Reliability.Tests.Network;

/// <summary>The network that the tests break does what they say, and nothing else.</summary>
public sealed class TcpProxyTests : IAsyncTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _patience = new(Patience);
    private readonly List<Socket> _sockets = [];
    private readonly TcpProxy _proxy;

    public TcpProxyTests()
    {
        _server.Start();
        _proxy = TcpProxy.Start(((IPEndPoint)_server.LocalEndpoint).Port);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in _sockets) socket.Dispose();
        await _proxy.DisposeAsync();
        _server.Dispose();
        _patience.Dispose();
    }

    [Fact]
    public async Task Connection_NothingAskedFor_PassesBothWaysAndTheEnds()
    {
        var (client, server, connection) = await ConnectAsync();

        await SendAsync(client, "question");
        (await ReceiveAsync(server, 8)).Should().Be("question");
        await SendAsync(server, "answer");
        (await ReceiveAsync(client, 6)).Should().Be("answer");
        client.Shutdown(SocketShutdown.Send);
        (await ReceiveToEndAsync(server)).Should().BeEmpty();
        await SendAsync(server, "last words");
        server.Shutdown(SocketShutdown.Send);

        (await ReceiveToEndAsync(client)).Should().Be("last words");
        connection.ToServer.Passed.Should().Be(8);
        connection.ToClient.Sent.Should().Be(16);
    }

    [Fact]
    public async Task Hold_OneDirection_DelaysItAndNotTheOther()
    {
        var (client, server, connection) = await ConnectAsync();
        connection.ToServer.Hold();

        await SendAsync(client, "late");
        await connection.ToServer.WaitForHeldAsync(4, _patience.Token);
        await SendAsync(server, "soon");
        (await ReceiveAsync(client, 4)).Should().Be("soon");

        server.Available.Should().Be(0);
        await connection.ToServer.DeliverAsync(_patience.Token);
        (await ReceiveAsync(server, 4)).Should().Be("late");
        connection.ToServer.Held.Should().Be(0);
    }

    [Fact]
    public async Task HoldFrom_Content_PassesWhatIsBeforeIt()
    {
        var (client, server, connection) = await ConnectAsync();
        connection.ToServer.HoldFrom("COMMIT"u8);

        await SendAsync(client, "BEGIN;");
        (await ReceiveAsync(server, 6)).Should().Be("BEGIN;");
        await SendAsync(client, "COMMIT;");
        await connection.ToServer.WaitForHeldAsync("COMMIT;"u8.ToArray(), _patience.Token);
        await SendAsync(client, "more");
        await connection.ToServer.WaitForHeldAsync("IT;more"u8.ToArray(), _patience.Token);

        server.Available.Should().Be(0);
        connection.ToServer.Release();
        (await ReceiveAsync(server, 11)).Should().Be("COMMIT;more");
    }

    [Fact]
    public async Task CutClient_WhileHeld_IsDeliveredLateWithItsEnd()
    {
        var (client, server, connection) = await ConnectAsync();
        connection.ToServer.Hold();
        await SendAsync(client, "delivered late");
        await connection.ToServer.WaitForHeldAsync(14, _patience.Token);

        connection.CutClient();

        await client.Awaiting(ReceiveToEndAsync).Should().ThrowAsync<SocketException>();
        connection.IsOver.Should().BeFalse();
        server.Available.Should().Be(0);
        await connection.ToServer.DeliverAsync(_patience.Token);
        (await ReceiveToEndAsync(server)).Should().Be("delivered late");
        await SendAsync(server, "to nobody");
        await connection.ToClient.WaitForSentAsync(9, _patience.Token);
    }

    [Fact]
    public async Task CutClient_ThatGoesByItself_IsDeliveredLateToo()
    {
        var (client, server, connection) = await ConnectAsync();
        connection.ToServer.Hold();
        await SendAsync(client, "delivered late");
        await connection.ToServer.WaitForHeldAsync(14, _patience.Token);

        client.Close(0);
        connection.ToServer.Release();

        (await ReceiveToEndAsync(server)).Should().Be("delivered late");
    }

    [Fact]
    public async Task CutServer_ClientGoesOn_UntilItIsCutToo()
    {
        var (client, server, connection) = await ConnectAsync();

        connection.CutServer();

        await server.Awaiting(ReceiveToEndAsync).Should().ThrowAsync<SocketException>();
        await SendAsync(client, "anybody?");
        await connection.ToServer.WaitForSentAsync(8, _patience.Token);
        connection.ToServer.Held.Should().Be(0);
        connection.CutClient();
        await client.Awaiting(ReceiveToEndAsync).Should().ThrowAsync<SocketException>();
    }

    [Fact]
    public async Task Drop_Held_NeverArrives()
    {
        var (client, server, connection) = await ConnectAsync();
        connection.Hold();
        await SendAsync(client, "lost");
        await connection.ToServer.WaitForHeldAsync(4, _patience.Token);

        connection.Drop();

        await server.Awaiting(ReceiveToEndAsync).Should().ThrowAsync<SocketException>();
        await client.Awaiting(ReceiveToEndAsync).Should().ThrowAsync<SocketException>();
    }

    [Fact]
    public async Task Lose_OneDirection_IsSilence()
    {
        var (client, server, connection) = await ConnectAsync();
        connection.ToServer.Lose();

        await SendAsync(client, "lost");
        await connection.ToServer.WaitForSentAsync(4, _patience.Token);
        connection.ToServer.Release();
        await SendAsync(client, "heard");

        (await ReceiveAsync(server, 5)).Should().Be("heard");
    }

    [Fact]
    public async Task Refuse_NewConnections_AreClosedAtOnceAndOldOnesGoOn()
    {
        var (client, server, _) = await ConnectAsync();
        _proxy.Refuse();

        await this.Awaiting(it => it.DialAndReceiveAsync()).Should().ThrowAsync<SocketException>();

        await SendAsync(client, "still here");
        (await ReceiveAsync(server, 10)).Should().Be("still here");
        _proxy.Accept();
        await ConnectAsync();
    }

    [Fact]
    public async Task Refuse_ServerThatIsAway_IsTheSame()
    {
        _server.Stop();

        await this.Awaiting(it => it.DialAndReceiveAsync()).Should().ThrowAsync<SocketException>();

        _proxy.Connections.Should().BeEmpty();
    }

    [Fact]
    public async Task Prepare_Hold_HoldsTheFirstByte()
    {
        _proxy.Prepare(connection => connection.ToServer.Hold());

        var (client, server, connection) = await ConnectAsync();
        await SendAsync(client, "first");
        await connection.ToServer.WaitForHeldAsync(5, _patience.Token);

        server.Available.Should().Be(0);
        _proxy.ForEach(each => each.Release());
        (await ReceiveAsync(server, 5)).Should().Be("first");
    }

    [Fact]
    public async Task Hold_MoreThanSocketsKeep_IsAllDelivered()
    {
        var (client, server, connection) = await ConnectAsync();
        connection.ToServer.Hold();
        var much = new string('x', 16 << 20);

        await SendAsync(client, much);
        await connection.ToServer.WaitForHeldAsync(much.Length, _patience.Token);
        connection.ToServer.Release();

        (await ReceiveAsync(server, much.Length)).Should().Be(much);
    }

    private async Task<(Socket Client, Socket Server, ProxiedConnection Connection)> ConnectAsync()
    {
        var count = _proxy.Connections.Count;
        var client = await DialAsync();
        var server = await _server.AcceptSocketAsync(_patience.Token);
        _sockets.Add(server);
        return (client, server, (await _proxy.WaitForConnectionsAsync(count + 1, _patience.Token))[count]);
    }

    // The reset may come while the connection is made, or after.
    private async Task<string> DialAndReceiveAsync() => await ReceiveToEndAsync(await DialAsync());

    private async Task<Socket> DialAsync()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _sockets.Add(client);
        await client.ConnectAsync(IPAddress.Loopback, _proxy.Port, _patience.Token);
        return client;
    }

    private async Task SendAsync(Socket socket, string text)
    {
        ReadOnlyMemory<byte> bytes = Encoding.ASCII.GetBytes(text);
        while (bytes.Length > 0) bytes = bytes[await socket.SendAsync(bytes, _patience.Token)..];
    }

    private async Task<string> ReceiveAsync(Socket socket, int length)
    {
        var bytes = new byte[length];
        for (var received = 0; received < length;)
        {
            var count = await socket.ReceiveAsync(bytes.AsMemory(received), _patience.Token);
            if (count == 0) return Encoding.ASCII.GetString(bytes, 0, received);
            received += count;
        }

        return Encoding.ASCII.GetString(bytes);
    }

    private async Task<string> ReceiveToEndAsync(Socket socket)
    {
        var text = new StringBuilder();
        for (string received; (received = await ReceiveAsync(socket, 1)).Length > 0;) text.Append(received);
        return text.ToString();
    }
}
