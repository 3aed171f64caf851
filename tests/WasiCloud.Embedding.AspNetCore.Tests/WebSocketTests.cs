using System.Net;
using System.Net.WebSockets;
using System.Text;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>WebSockets of .NET's own client to guests behind Kestrel.</summary>
public class WebSocketTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Messages_OfBothVersions_AreEchoed(int version)
    {
        await using var server = await StartAsync();
        using var socket = await ConnectAsync(server, version);

        foreach (var text in new[] { "one", new string('x', 300_000), "three" })
        {
            await SendAsync(socket, text);
            (await ReceiveAsync(socket)).Should().Be(text);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", default).WaitAsync(TestLimits.Patience);
        (socket.CloseStatus, socket.CloseStatusDescription).Should().Be((WebSocketCloseStatus.NormalClosure, "done"));
    }

    [Fact]
    public async Task Connections_AreIsolatedAndConcurrent()
    {
        await using var server = await StartAsync();
        var sockets = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ConnectAsync(server)));

        await Task.WhenAll(sockets.Select(async (socket, number) =>
        {
            for (var round = 0; round < 20; round++)
            {
                await SendAsync(socket, $"{number}/{round}");
                (await ReceiveAsync(socket)).Should().Be($"{number}/{round}");
            }
        }));

        foreach (var socket in sockets) socket.Dispose();
    }

    [Fact]
    public async Task Request_OfTheHandshake_IsSeenByTheGuest()
    {
        await using var server = await StartAsync(options => options.SubProtocols = ["chat.v2", "chat.v1"]);
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("chat.v1");
        await socket.ConnectAsync(UriOf(server), default).WaitAsync(TestLimits.Patience);

        socket.SubProtocol.Should().Be("chat.v1");
        await SendAsync(socket, "info");
        (await ReceiveAsync(socket))
            .Should().Contain("\"subprotocol\":\"chat.v1\"").And.Contain("\"remoteAddress\":\"127.0.0.1\"").And.Contain($"\"localPort\":{server.Port}");
    }

    [Theory]
    [InlineData("close 4001 because", 4001, "because")]
    [InlineData("exit 1", 1011, "")]
    public async Task Guest_ThatEnds_ClosesTheWebSocket(string command, int code, string reason)
    {
        await using var server = await StartAsync();
        using var socket = await ConnectAsync(server);

        await SendAsync(socket, command);

        (await ReceiveCloseAsync(socket)).Should().Be((code, reason));
    }

    [Fact]
    public async Task Message_OverTheLimit_ClosesWith1009()
    {
        await using var server = await StartAsync(options => options.Limits.MaxMessageBytes = 100);
        using var socket = await ConnectAsync(server);

        await SendAsync(socket, new string('x', 101));

        (await ReceiveCloseAsync(socket)).Code.Should().Be(1009);
    }

    [Fact]
    public async Task Connection_OverTheLimit_Is503AndLaterThereIsRoom()
    {
        await using var server = await StartAsync(options => options.MaxConnections = 1);
        using (var first = await ConnectAsync(server))
        {
            await SendAsync(first, "one");
            await ReceiveAsync(first);
            using var second = new ClientWebSocket();
            second.Options.CollectHttpResponseDetails = true;
            await FluentActions.Awaiting(() => second.ConnectAsync(UriOf(server), default)).Should().ThrowAsync<WebSocketException>();
            second.HttpStatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
            await SendAsync(first, "exit 0");
            await ReceiveCloseAsync(first);
        }

        // The server closes the connection a moment after the client has seen that it will.
        while (true)
        {
            using var third = new ClientWebSocket();
            try
            {
                await third.ConnectAsync(UriOf(server), default).WaitAsync(TestLimits.Patience);
                break;
            }
            catch (WebSocketException)
            {
                await Task.Yield();
            }
        }
    }

    [Fact]
    public async Task Request_ThatIsNoWebSocket_Is426()
    {
        await using var server = await StartAsync();

        using var response = await server.Client.GetAsync("/socket");

        response.StatusCode.Should().Be(HttpStatusCode.UpgradeRequired);
        response.Headers.Upgrade.ToString().Should().Be("websocket");
    }

    [Fact]
    public async Task Application_Stopping_ClosesWith1001()
    {
        await using var server = await StartAsync();
        using var socket = await ConnectAsync(server);
        await SendAsync(socket, "one");
        await ReceiveAsync(socket);

        var stopping = server.StopAsync();

        (await ReceiveCloseAsync(socket)).Code.Should().Be(1001);
        await stopping.WaitAsync(TestLimits.Patience);
    }

    [Fact]
    public async Task Host_WithoutRoom_Is503BeforeThereIsAWebSocket()
    {
        await using var server = await new GuestServerBuilder()
            .WithServices(services => services.AddWasiCloud(options => (options.MaxConcurrentInvocations, options.QueueTimeout) = (1, TimeSpan.Zero))
                .AddConnectionFiles())
            .WithMiddleware(app => app.UseWebSockets())
            .MapWebSocket("/socket", TestGuests.Named("connection"), configure: null)
            .StartAsync();
        using var first = await ConnectAsync(server);
        await SendAsync(first, "one");
        await ReceiveAsync(first);

        using var second = new ClientWebSocket();
        second.Options.CollectHttpResponseDetails = true;
        await FluentActions.Awaiting(() => second.ConnectAsync(UriOf(server), default)).Should().ThrowAsync<WebSocketException>();

        second.HttpStatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        second.HttpResponseHeaders.Should().ContainKey("Retry-After");
        server.Log.Errors.Should().BeEmpty("it is no mistake of the guest, and there may be many");
    }

    [Fact]
    public async Task Options_OutOfRange_AreRefusedWhenTheRouteIsMapped()
    {
        await FluentActions.Awaiting(() => StartAsync(options => options.MaxConnections = 0)).Should().ThrowAsync<ArgumentException>()
            .WithMessage("*MaxConnections*");
        await FluentActions.Awaiting(() => StartAsync(options => options.Limits.MaxMessageBytes = 0)).Should().ThrowAsync<ArgumentException>()
            .WithMessage("*MaxMessageBytes*");
    }

    [Fact]
    public async Task Middleware_Missing_IsSaid()
    {
        await using var server = await new GuestServerBuilder().WithServices(services => services.AddWasiCloud().AddConnectionFiles())
            .MapWebSocket("/socket", TestGuests.Named("connection")).StartAsync();

        using var response = await server.Client.GetAsync("/socket");

        response.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        server.Log.Errors.Should().ContainSingle().Which.Exception!.Message.Should().Contain("app.UseWebSockets()");
    }

    private static Task<GuestServer> StartAsync(Action<GuestWebSocketOptions>? configure = null) => new GuestServerBuilder()
        .WithServices(services => services.AddWasiCloud().AddConnectionFiles())
        .WithMiddleware(app => app.UseWebSockets())
        .MapWebSocket("/socket", TestGuests.Named("connection"), configure)
        .StartAsync();

    private static Uri UriOf(GuestServer server, int version = 1) => new($"ws://127.0.0.1:{server.ClientOf(version).BaseAddress!.Port}/socket");

    private static async Task<ClientWebSocket> ConnectAsync(GuestServer server, int version = 1)
    {
        var socket = new ClientWebSocket();
        (socket.Options.HttpVersion, socket.Options.HttpVersionPolicy) = (new Version(version, version == 1 ? 1 : 0), HttpVersionPolicy.RequestVersionExact);
        await socket.ConnectAsync(UriOf(server, version), new HttpMessageInvoker(new SocketsHttpHandler()), default).WaitAsync(TestLimits.Patience);
        return socket;
    }

    private static Task SendAsync(WebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, default).WaitAsync(TestLimits.Patience);

    private static async Task<string> ReceiveAsync(WebSocket socket)
    {
        using var message = new MemoryStream();
        var buffer = new byte[16 << 10];
        while (true)
        {
            var result = await socket.ReceiveAsync(buffer, default).WaitAsync(TestLimits.Patience);
            result.MessageType.Should().Be(WebSocketMessageType.Text);
            await message.WriteAsync(buffer.AsMemory(0, result.Count));
            if (result.EndOfMessage) return Encoding.UTF8.GetString(message.ToArray());
        }
    }

    private static async Task<(int Code, string? Reason)> ReceiveCloseAsync(WebSocket socket)
    {
        var result = await socket.ReceiveAsync(new byte[100], default).WaitAsync(TestLimits.Patience);
        result.MessageType.Should().Be(WebSocketMessageType.Close);
        if (socket.State == WebSocketState.CloseReceived)
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default).WaitAsync(TestLimits.Patience);
        return ((int)result.CloseStatus!.Value, result.CloseStatusDescription);
    }
}
