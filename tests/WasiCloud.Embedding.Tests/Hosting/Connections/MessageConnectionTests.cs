using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Connections;

/// <summary>Guests that live for a WebSocket, with <c>guests/c/connection.c</c>, over real sockets.</summary>
public sealed class MessageConnectionTests : IAsyncTest
{
    private readonly FakeTimeProvider _time = new();
    private readonly TestHost _host;
    private readonly List<LoopbackPair> _pairs = [];

    // The host's end of the connection that was served last.
    private WebSocket? _server;

    public MessageConnectionTests() => _host = new TestHost(time: _time, build: builder => builder.AddConnectionFiles());

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        foreach (var pair in _pairs) pair.Dispose();
    }

    [Fact]
    public async Task Messages_ManyAndOfAnyLength_ComeBackAsTheyWere()
    {
        var (client, serving) = await ServeAsync();

        foreach (var length in new[] { 1, 125, 126, 4096, 4097, 65_535, 65_536, 1 << 20 })
        {
            var text = new string('a', length);
            await client.SendAsync(text);
            (await client.ReceiveTextAsync()).Should().Be(text);
        }

        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "done", default);
        (await client.ReceiveCloseAsync()).Should().Be((1000, "done"), "an answer repeats what it answers");
        (await serving.WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Messages_SentTogetherAndInFragments_KeepTheirBoundaries()
    {
        var (client, _) = await ServeAsync();

        for (var number = 0; number < 100; number++) await client.SendAsync($"message {number}");
        await client.SendAsync("frag"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: false, default);
        await client.SendAsync("ments"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, default);

        for (var number = 0; number < 100; number++) (await client.ReceiveTextAsync()).Should().Be($"message {number}");
        (await client.ReceiveTextAsync()).Should().Be("fragments");
    }

    [Fact]
    public async Task Messages_Empty_AreNotShown()
    {
        var (client, _) = await ServeAsync();

        await client.SendAsync(string.Empty);
        await client.SendAsync("after");

        (await client.ReceiveTextAsync()).Should().Be("after");
    }

    [Fact]
    public async Task Binary_FromTheGuest_IsBinary()
    {
        var (client, _) = await ServeAsync();

        await client.SendAsync("binary some");

        var (type, bytes) = await client.ReceiveAsync();
        (type, Encoding.UTF8.GetString(bytes)).Should().Be((WebSocketMessageType.Binary, "some"));
    }

    [Fact]
    public async Task Text_ThatIsNoUtf8_IsRefusedBeforeItIsSent()
    {
        var (client, _) = await ServeAsync();

        await client.SendAsync("invalid");

        (await client.ReceiveTextAsync()).Should().Be($"{(int)Errno.IlSeq}");
    }

    [Theory]
    [InlineData(1000, true)]
    [InlineData(1001, false)]
    public async Task Write_LongerThanAMessageMayBe_IsRefused(int length, bool isSent)
    {
        var (client, _) = await ServeAsync(options => options.MaxMessageBytes = 1000);

        await client.SendAsync($"large {length}");

        (await client.ReceiveTextAsync()).Should().Be(isSent ? new string('x', length) : $"{(int)Errno.MsgSize}");
    }

    [Theory]
    [InlineData(1001)]
    [InlineData(100_000)]
    public async Task Message_LongerThanItMayBe_ClosesWith1009(int length)
    {
        var (client, serving) = await ServeAsync(options => options.MaxMessageBytes = 1000);
        await client.SendAsync(new string('a', 1000));
        (await client.ReceiveTextAsync()).Length.Should().Be(1000);

        await client.SendAsync(new string('a', length));

        (await client.ReceiveCloseAsync()).Code.Should().Be(1009);
        (await serving.WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0, "for the guest it is the end");
    }

    [Fact]
    public async Task Message_OfATypeThatTheGuestDoesNotWant_ClosesWith1003()
    {
        var (client, _) = await ServeAsync(options => options.MessageTypes = GuestMessageTypes.Text);

        await client.SendAsync("x"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, default);

        (await client.ReceiveCloseAsync()).Code.Should().Be(1003);
    }

    [Fact]
    public async Task Message_OfTextThatIsNoUtf8_ClosesWith1007()
    {
        var (_, serving) = await ServeAsync();

        // A text message of the byte FF, masked with zeros (RFC 6455 section 5.2).
        await _pairs[0].Client.WriteAsync(new byte[] { 0x81, 0x81, 0, 0, 0, 0, 0xFF });

        var close = new byte[4];
        await _pairs[0].Client.ReadExactlyAsync(close).AsTask().WaitAsync(TestHost.Patience);
        close.Should().Equal([0x88, 2, 1007 >> 8, 1007 & 0xFF]);
        (await serving.Awaiting(it => it.WaitAsync(TestHost.Patience))
            .Should().ThrowAsync<GuestExitException>()).Which.StandardError.Should().Contain("read: Connection reset");
    }

    /// <summary>The framework's sockets let this pass, and are at odds with the next message then.</summary>
    [Fact]
    public async Task Message_OfTextCutOffBeforeAnEmptyFrame_ClosesWith1007()
    {
        var (_, serving) = await ServeAsync();

        // Two bytes of three, and an empty last frame (RFC 6455 sections 5.4 and 5.6).
        await _pairs[0].Client.WriteAsync(new byte[] { 0x01, 0x82, 0, 0, 0, 0, 0xE6, 0xB0, 0x80, 0x80, 0, 0, 0, 0 });

        var close = new byte[4];
        await _pairs[0].Client.ReadExactlyAsync(close).AsTask().WaitAsync(TestHost.Patience);
        close.Should().Equal([0x88, 2, 1007 >> 8, 1007 & 0xFF]);
        await _pairs[0].Client.WriteAsync(new byte[] { 0x88, 0x80, 0, 0, 0, 0 });
        (await serving.WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0, "for the guest it is the end");
    }

    [Fact]
    public async Task Read_ShorterThanTheMessage_ContinuesAndTellsWhatIsLeft()
    {
        var (client, _) = await ServeAsync(argument: "pieces");

        await client.SendAsync("abcdefghij");
        await client.SendAsync("xy");

        foreach (var piece in new[] { "abcd|6", "efgh|2", "ij|0", "xy|0" }) (await client.ReceiveTextAsync()).Should().Be(piece);
    }

    [Fact]
    public async Task Poll_NonBlocking_WaitsForMessages()
    {
        var (client, serving) = await ServeAsync(argument: "poll");

        for (var number = 0; number < 10; number++)
        {
            await client.SendAsync($"{number}");
            (await client.ReceiveTextAsync()).Should().Be($"{number}");
        }

        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
        (await serving.WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Info_OfAConnection_TellsWhatIsKnown()
    {
        var (client, _) = await ServeAsync(subProtocol: "chat");

        await client.SendAsync("info");

        using var info = JsonDocument.Parse(await client.ReceiveTextAsync());
        info.RootElement.GetProperty("kind").GetString().Should().Be("messages");
        info.RootElement.GetProperty("subprotocol").GetString().Should().Be("chat");
        info.RootElement.GetProperty("maxMessageBytes").GetInt32().Should().Be(1 << 20);
        info.RootElement.GetProperty("remoteAddress").GetString().Should().Be("192.0.2.1");
        info.RootElement.GetProperty("remotePort").GetInt32().Should().Be(4000);
    }

    [Theory]
    [InlineData("4000 bye", 4000, "bye")]
    [InlineData("1000", 1000, "")]
    [InlineData("3999 with more words\n", 3999, "with more words")]
    public async Task Close_ByTheGuest_IsSeenByTheClient(string text, int code, string reason)
    {
        var (client, serving) = await ServeAsync();

        await client.SendAsync("close " + text);

        (await client.ReceiveCloseAsync()).Should().Be((code, reason));
        (await serving.WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);
    }

    [Theory]
    [InlineData("1005")]
    [InlineData("1015")]
    [InlineData("2999")]
    [InlineData("5000")]
    [InlineData("100")]
    [InlineData("10000")]
    [InlineData("four")]
    [InlineData("4000x")]
    [InlineData("-400 no")]
    public async Task Close_WithACodeThatMayNotBeSent_IsRefused(string text)
    {
        var (client, _) = await ServeAsync();

        await client.SendAsync("close " + text);

        (await client.ReceiveTextAsync()).Should().Be($"{(int)Errno.Inval}");
        await client.SendAsync("after");
        (await client.ReceiveTextAsync()).Should().Be("after");
    }

    [Fact]
    public async Task Guest_ThatFails_ClosesWith1011()
    {
        var (client, serving) = await ServeAsync();

        await client.SendAsync("exit 3");

        (await client.ReceiveCloseAsync()).Should().Be((1011, ""));
        (await serving.Awaiting(it => it).Should().ThrowAsync<GuestExitException>()).Which.ExitCode.Should().Be(3);
    }

    [Fact]
    public async Task Guest_ThatIsAskedToEnd_EndsAndClosesWith1001()
    {
        using var stopping = new CancellationTokenSource();
        var (client, serving) = await ServeAsync(stopping: stopping.Token);
        await client.SendAsync("one");
        await client.ReceiveTextAsync();

        await stopping.CancelAsync();

        (await client.ReceiveCloseAsync()).Code.Should().Be(1001);
        (await serving.WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Lifetime_Over_EndsTheGuest()
    {
        var (client, serving) = await ServeAsync(options => options.Lifetime = TimeSpan.FromSeconds(20));
        await client.SendAsync("one");
        await client.ReceiveTextAsync();

        _time.Advance(TimeSpan.FromSeconds(20));

        (await client.ReceiveCloseAsync()).Code.Should().Be(1001);
        await serving.WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Guest_ThatDoesNotEnd_IsEndedAfterTheGracePeriod()
    {
        using var stopping = new CancellationTokenSource();
        var (client, serving) = await ServeAsync(stopping: stopping.Token);
        await client.SendAsync("sleep");
        await client.ReceiveTextAsync();

        await stopping.CancelAsync();
        _time.Advance(TimeSpan.FromSeconds(10));

        (await client.ReceiveCloseAsync()).Code.Should().Be(1001);
        await serving.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Client_ThatGoesWithoutAWord_IsAnErrorForTheGuest()
    {
        var (client, serving) = await ServeAsync();
        await client.SendAsync("one");
        await client.ReceiveTextAsync();

        client.Abort();

        (await serving.Awaiting(it => it.WaitAsync(TestHost.Patience))
            .Should().ThrowAsync<GuestExitException>()).Which.StandardError.Should().Contain("read: Connection reset");
    }

    [Fact]
    public async Task Client_ThatDoesNotAnswerTheClosing_IsNotWaitedFor()
    {
        var (client, serving) = await ServeAsync();

        await client.SendAsync("exit 3");
        await TestHost.UntilAsync(() => serving.IsCompleted, () => _time.Advance(TimeSpan.FromSeconds(5)));

        await serving.Awaiting(it => it).Should().ThrowAsync<GuestExitException>();
    }

    [Fact]
    public async Task Client_ThatTakesNothing_BreaksTheConnection()
    {
        var (client, serving) = await ServeAsync();

        var sending = SendUntilBrokenAsync(client);

        // The time to send passes only while the guest waits for the client. Breaking happens in here, and from then on time stands still:
        // the guest is not ended before it has looked.
        await TestHost.UntilAsync(() => _server!.State == WebSocketState.Aborted, () => _time.Advance(TimeSpan.FromSeconds(30)));

        await serving.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestExitException>();
        await sending;
    }

    [Fact]
    public async Task Host_WithoutRoom_ClosesWith1013()
    {
        await using var host = new TestHost(
            options => (options.MaxConcurrentInvocations, options.QueueTimeout) = (1, TimeSpan.Zero), build: builder => builder.AddConnectionFiles());
        var (first, _) = await ServeAsync(host);
        await first.SendAsync("one");
        await first.ReceiveTextAsync();

        var (second, serving) = await ServeAsync(host);

        (await second.ReceiveCloseAsync()).Code.Should().Be(1013);
        (await serving.Awaiting(it => it.WaitAsync(TestHost.Patience))
            .Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Concurrency);
    }

    [Fact]
    public async Task Host_Disposed_EndsItsGuests()
    {
        var (client, serving) = await ServeAsync();
        await client.SendAsync("one");
        await client.ReceiveTextAsync();

        var closing = client.ReceiveCloseAsync();
        await _host.DisposeAsync();

        (await closing).Code.Should().Be(1001);
        await serving.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Host_DisposedWhileAMessageIsSent_SendsItAndCloses()
    {
        var (client, gate, serving) = await ServeUntilAMessageIsSentAsync(new GuestConnectionOptions());

        var disposing = _host.DisposeAsync().AsTask();
        disposing.IsCompleted.Should().BeFalse("the message is still being sent");
        gate.Open();

        (await client.ReceiveTextAsync()).Should().Be("one");
        (await client.ReceiveCloseAsync()).Code.Should().Be(1001);
        await disposing.WaitAsync(TestHost.Patience);
        await serving.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Host_DisposedWhileAClientTakesNothing_BreaksTheConnection()
    {
        var (client, _, serving) = await ServeUntilAMessageIsSentAsync(new GuestConnectionOptions { CloseTimeout = TimeSpan.Zero });

        await _host.DisposeAsync().AsTask().WaitAsync(TestHost.Patience);

        await serving.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        await client.Awaiting(it => it.ReceiveTextAsync()).Should().ThrowAsync<WebSocketException>();
    }

    [Fact]
    public async Task Serve_WithWrongOptions_IsRefused()
    {
        var module = await _host.LoadGuestAsync("connection");
        using var pair = await LoopbackPair.ConnectAsync();
        var (_, server) = pair.Upgrade();

        foreach (var options in new GuestConnectionOptions[]
        {
            new() { MaxMessageBytes = 0 }, new() { MessageTypes = GuestMessageTypes.None }, new() { SendTimeout = TimeSpan.Zero },
            new() { Lifetime = TimeSpan.Zero },
            new() { GracePeriod = TimeSpan.FromDays(2) }, new() { CloseTimeout = TimeSpan.FromSeconds(-1) }, new() { LeaveTimeout = TimeSpan.FromSeconds(-1) },
            new() { LeaveTimeout = TimeSpan.FromDays(2) },
        })
        {
            await FluentActions.Awaiting(() => _host.Host.ServeConnectionAsync(module, new GuestConnection(server) { Options = options }))
                .Should().ThrowAsync<ArgumentException>();
        }

        await FluentActions.Awaiting(() =>
            _host.Host.ServeConnectionAsync(module, new GuestConnection(server) { Request = new() { Interface = GuestInterface.Socket } }))
            .Should().ThrowAsync<ArgumentException>();
        await using var other = new TestHost();
        var foreign = await other.LoadGuestAsync("connection");
        await FluentActions.Awaiting(() => other.Host.ServeConnectionAsync(foreign, new GuestConnection(server)))
            .Should().ThrowAsync<InvalidOperationException>().WithMessage("*AddConnectionFiles*");
    }

    private static async Task SendUntilBrokenAsync(WebSocket client)
    {
        var sent = 0;
        try
        {
            for (; ; sent++) await client.SendAsync(new string('a', 1 << 20));
        }
        catch (Exception exception) when (exception is WebSocketException or IOException)
        {
            sent.Should().BeLessThan(100, "what waits for the client is bounded");
        }
    }

    // The guest's answer is on its way, and does not arrive before the gate is open.
    private async Task<(WebSocket Client, GatedStream Gate, Task<InvocationCompletion> Serving)> ServeUntilAMessageIsSentAsync(GuestConnectionOptions options)
    {
        var pair = await LoopbackPair.ConnectAsync();
        _pairs.Add(pair);
        var gate = new GatedStream(pair.Server);
        var client = WebSocket.CreateFromStream(pair.Client, isServer: false, subProtocol: null, Timeout.InfiniteTimeSpan);
        var server = WebSocket.CreateFromStream(gate, isServer: true, subProtocol: null, Timeout.InfiniteTimeSpan);
        var serving = _host.Host.ServeConnectionAsync(
            await _host.LoadGuestAsync("connection"), new GuestConnection(server) { Options = options }, CancellationToken.None);
        await client.SendAsync("one");
        await gate.Reached.WaitAsync(TestHost.Patience);
        return (client, gate, serving);
    }

    private Task<(WebSocket Client, Task<InvocationCompletion> Serving)> ServeAsync(
        Action<GuestConnectionOptions>? configure = null, string? argument = null, string? subProtocol = null, CancellationToken stopping = default) =>
        ServeAsync(_host, configure, argument, subProtocol, stopping);

    private async Task<(WebSocket Client, Task<InvocationCompletion> Serving)> ServeAsync(
        TestHost host, Action<GuestConnectionOptions>? configure =
            null, string? argument = null, string? subProtocol = null, CancellationToken stopping = default)
    {
        var pair = await LoopbackPair.ConnectAsync();
        _pairs.Add(pair);
        var (client, server) = pair.Upgrade(subProtocol);
        _server = server;
        var options = new GuestConnectionOptions();
        configure?.Invoke(options);
        var connection = new GuestConnection(server)
        {
            Request = new() { Arguments = argument is null ? [] : [argument], Stopping = stopping },
            Options = options,
            RemoteEndPoint = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 4000),
        };
        return (client, host.Host.ServeConnectionAsync(await host.LoadGuestAsync("connection"), connection, CancellationToken.None));
    }
}
