using System.Text;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests.WebSockets;

/// <summary>What clients send on a WebSocket, frame by frame, to guests behind Kestrel: RFC 6455 says what becomes of it.</summary>
public class FrameTests
{
    private const int MaxMessageBytes = 4096;
    private const int Lanes = 6;

    [Fact]
    public async Task Frames_GeneratedAndBroken_AreTakenAsTheProtocolSays()
    {
        await using var server = await StartAsync(TestGuests.EchoMessages);
        var codes = new System.Collections.Concurrent.ConcurrentDictionary<int, int>();

        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(async lane =>
        {
            var random = new Random(lane);
            var generator = new FrameGenerator(random, MaxMessageBytes);
            for (var run = 0; run < 150; run++)
            {
                byte[] wire = [.. generator.Sequence().SelectMany(frame => frame.Write(random))];
                var expected = FrameOracle.Judge(wire, MaxMessageBytes);
                await CheckAsync(server, wire, random, expected, $"lane {lane}, run {run}: {Convert.ToHexString(wire.AsSpan(0, Math.Min(wire.Length, 400)))}");
                codes.AddOrUpdate(expected.Code, 1, static (_, count) => count + 1);
            }
        }));

        foreach (var code in new[] { 1000, 1002, 1007, 1009, 4000 }) codes.Should().ContainKey(code);
    }

    /// <summary>
    /// A message is text or not whatever its pieces (RFC 6455 section 5.6): each cut of a character, and empty pieces before, between and after.
    /// </summary>
    [Theory]
    [InlineData("C3A6", true)]
    [InlineData("E6B0B4", true)]
    [InlineData("F09D849E", true)]
    [InlineData("C3A6C3", false)]
    [InlineData("E6B0", false)]
    [InlineData("F09D84", false)]
    [InlineData("EDA080", false)]
    [InlineData("C080", false)]
    [InlineData("61FF", false)]
    public async Task Text_CutAnywhere_IsJudgedAsAWhole(string hex, bool isText)
    {
        await using var server = await StartAsync(TestGuests.EchoMessages);
        var bytes = Convert.FromHexString(hex);
        for (var first = 0; first <= bytes.Length; first++)
        {
            for (var second = first; second <= bytes.Length; second++)
            {
                using var peer = await WebSocketPeer.OpenAsync(server);
                await peer.SendAsync(
                    new(WireFrame.Text, bytes[..first], IsFinal: false), new(WireFrame.Ping, [1]),
                    new(WireFrame.Continuation, bytes[first..second], IsFinal: false), new(WireFrame.Continuation, bytes[second..]), new(
                        WireFrame.Text, "after"u8.ToArray()), WireFrame.CloseWith(1000, "done"u8));

                var (frames, code, reason) = await peer.ReceiveToCloseAsync();

                (code, reason).Should().Be(isText ? (1000, "done") : (1007, string.Empty), "cut at {0} and {1}", first, second);
                var echoes = frames.Where(static frame => frame.Opcode == WireFrame.Binary).Select(static frame => Convert.ToHexString(frame.Payload));
                if (isText) echoes.Should().Equal(hex, Convert.ToHexString("after"u8));
                else echoes.Should().BeEmpty();
            }
        }
    }

    /// <summary>However a connection is closed, the client reads the close frame and then the end, and no reset.</summary>
    [Theory]
    [InlineData("bad text", 1007)]
    [InlineData("bad frame", 1002)]
    [InlineData("too long", 1009)]
    [InlineData("close 4001 because", 4001)]
    [InlineData("exit 0", 1000)]
    [InlineData("exit 1", 1011)]
    public async Task Close_OfAnyKind_ReachesTheClient(string way, int code)
    {
        await using var server = await StartAsync(TestGuests.Named("connection"));
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(async lane =>
        {
            for (var run = 0; run < 10; run++)
            {
                using var peer = await WebSocketPeer.OpenAsync(server);

                // More than the server reads at once lies behind it.
                await peer.SendAsync(Message(way), new(WireFrame.Ping, new byte[125]), new(WireFrame.Text, new byte[2000]));

                (await peer.ReceiveToCloseAsync()).Code.Should().Be(code, "lane {0}, run {1}", lane, run);
                await peer.SendAsync(WireFrame.CloseWith(1000, default));
                (await peer.EndAsync()).Should().BeTrue("lane {0}, run {1}", lane, run);
            }
        }));
    }

    /// <summary>The same with a socket that the application has accepted itself, which breaks the connection when it is disposed.</summary>
    [Theory]
    [InlineData("bad text", 1007)]
    [InlineData("bad frame", 1002)]
    [InlineData("too long", 1009)]
    [InlineData("exit 1", 1011)]
    public async Task Close_OfTheApplicationsSocket_ReachesTheClient(string way, int code)
    {
        GuestModule? module = null;
        await using var server = await new GuestServerBuilder()
            .WithServices(static services => services.AddWasiCloud().AddConnectionFiles())
            .WithMiddleware(app =>
            {
                app.UseWebSockets();
                app.MapGet("/own", context => ServeOwnAsync(context, module!));
            })
            .StartAsync();
        module = await server.LoadAsync(TestGuests.Named("connection"));
        for (var run = 0; run < 20; run++)
        {
            using var peer = await WebSocketPeer.OpenAsync(server, "/own");
            await peer.SendAsync(Message(way), new(WireFrame.Text, "exit 1"u8.ToArray()));

            (await peer.ReceiveToCloseAsync()).Code.Should().Be(code, "run {0}", run);
        }
    }

    /// <summary>RFC 6455 section 7.1.5: without a code in the close frame there is none.</summary>
    [Theory]
    [InlineData(0, "", "")]
    [InlineData(1000, "", ",\"closeCode\":1000,\"closeReason\":\"\"")]
    [InlineData(4000, "bye", ",\"closeCode\":4000,\"closeReason\":\"bye\"")]
    public async Task Info_AfterTheClientHasClosed_HasItsCode(int code, string reason, string expected)
    {
        await using var server = await StartAsync(TestGuests.ShowConnection);
        using var peer = await WebSocketPeer.OpenAsync(server);

        await peer.SendAsync(code == 0 ? new WireFrame(WireFrame.Close, []) : WireFrame.CloseWith(code, Encoding.UTF8.GetBytes(reason)));

        var (frames, _, _) = await peer.ReceiveToCloseAsync();
        const string Start = "{\"kind\":\"messages\",\"protocol\":\"websocket\",\"maxMessageBytes\":4096";
        Encoding.UTF8.GetString(frames.Single().Payload).Should().StartWith(Start + expected + ",\"remoteAddress\"");
    }

    private static async Task ServeOwnAsync(HttpContext context, GuestModule module)
    {
        var connection = new GuestConnection(await context.WebSockets.AcceptWebSocketAsync())
        {
            Options = new() { MaxMessageBytes = MaxMessageBytes },
            Closed = context.RequestAborted,
        };
        var serving = context.RequestServices.GetRequiredService<IInvocationHost>().ServeConnectionAsync(module, connection);
        await serving.ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    private static WireFrame Message(string way) => way switch
    {
        "bad text" => new(WireFrame.Text, [0x61, 0xFF]),
        "bad frame" => new(WireFrame.Text, [0x61]) { Reserved = 1 },
        "too long" => new(WireFrame.Binary, new byte[MaxMessageBytes + 1]),
        _ => new(WireFrame.Text, Encoding.UTF8.GetBytes(way)),
    };

    private static async Task CheckAsync(GuestServer server, byte[] wire, Random random, FrameOracle expected, string what)
    {
        using var peer = await WebSocketPeer.OpenAsync(server);
        await SendInPiecesAsync(peer, wire, random);

        // What goes on for ever is ended here.
        if (expected.Code == 0) return;
        var (frames, code, reason) = await peer.ReceiveToCloseAsync();

        (code, reason).Should().Be((expected.Code, Encoding.UTF8.GetString(expected.Reason)), what);
        Payloads(WireFrame.Pong).Should().Equal(expected.Pongs.Select(Convert.ToHexString), what);
        var echoes = Payloads(WireFrame.Binary);

        // A guest whose client has made a mistake may have answered some or none.
        echoes.Should().Equal(expected.Messages.Take(expected.IsOrderly ? int.MaxValue : echoes.Count).Select(Convert.ToHexString), what);

        List<string> Payloads(int opcode) => [.. frames.Where(frame => frame.Opcode == opcode).Select(static frame => Convert.ToHexString(frame.Payload))];
    }

    private static async Task SendInPiecesAsync(WebSocketPeer peer, byte[] wire, Random random)
    {
        for (var start = 0; start < wire.Length;)
        {
            var length = Math.Min(wire.Length - start, random.Next(3) == 0 ? random.Next(1, 8) : random.Next(1, 4000));
            await peer.SendAsync(wire.AsMemory(start, length));
            start += length;
        }
    }

    private static Task<GuestServer> StartAsync(byte[] guest) => new GuestServerBuilder()
        .WithServices(static services => services.AddWasiCloud().AddConnectionFiles())
        .WithMiddleware(static app => app.UseWebSockets())
        .MapWebSocket("/socket", guest, static options => options.Limits.MaxMessageBytes = MaxMessageBytes)
        .StartAsync();
}
