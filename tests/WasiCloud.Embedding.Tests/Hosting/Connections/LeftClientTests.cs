using System.IO.Pipelines;
using System.Net.Sockets;
using System.Net.WebSockets;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Topics;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Connections;

/// <summary>What becomes of a guest whose client has left, whatever the guest does and however the client leaves.</summary>
public sealed class LeftClientTests : IAsyncTest
{
    // Not the default, so that only what is tested waits for it.
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(1.25);

    private const string Prologue = """
        (module
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "\10\00\00\00\01\00\00\00")
          (data (i32.const 16) ".")
          (data (i32.const 32) "beta/kv/local/.lock/x")
          (func $say (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 24))))
          (func (export "_start")
            (call $say)
        """;

    private const string Computes = Prologue + "(loop $again (br $again))))";

    private const string Locks = Prologue + """
            (drop (call $open (i32.const 3) (i32.const 0) (i32.const 32) (i32.const 21) (i32.const 0) (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 28)))
            (call $say)
            (loop $again (br $again))))
        """;

    private readonly TimerWatch _time = new(LeaveTimeout);
    private readonly TaskCompletionSource _called = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<LoopbackPair> _pairs = [];
    private readonly CancellationTokenSource _closed = new();
    private readonly TestHost _host;

    public LeftClientTests() => _host = new TestHost(
        options => (options.MaxConcurrentInvocations, options.QueueTimeout) = (2, TimeSpan.FromDays(1)),
        builder => builder.AddConnectionFiles()
            .AddKeyValue(kv => kv.Scope("local").UseMemory())
            .AddTopic("news")
            .AddTopic("work", overflow: TopicOverflow.BlockPublisher)
            .ConfigureTopics(options => options.MaxQueuedMessages = 8)
            .AddRpcService("host", async (_, _, token) =>
            {
                _called.TrySetResult();
                await Task.Delay(Timeout.Infinite, token);
            })
            .ConfigureRpc(options => options.CallTimeout = Timeout.InfiniteTimeSpan),
        _time);

    /// <summary>What the guest does, and how the client leaves.</summary>
    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var work in new[] { "sleeps", "computes", "publishes", "subscribes", "calls", "locks" })
            {
                foreach (var way in new[] { "says goodbye", "resets", "ends its side", "is gone for the server" }) cases.Add(work, way);
            }

            return cases;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        foreach (var pair in _pairs) pair.Dispose();
        _closed.Dispose();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Guest_OfAClientThatHasLeft_IsEndedInTime(string work, string way)
    {
        var (client, serving) = await BeginAsync(work);

        await LeaveAsync(client, way);
        await _time.Created.WaitAsync(TestHost.Patience);
        serving.IsCompleted.Should().BeFalse();
        _time.Advance(LeaveTimeout);

        await serving.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        TopicOf("news").SubscriberCount.Should().Be(0);
        TopicOf("work").WaitingPublishers.Should().Be(0);

        // Its place is free again.
        await _host.RunAsync(await _host.LoadGuestAsync("empty"));
    }

    [Fact]
    public async Task Guest_WhoseClientHasLeft_ReadsTheEndOfATopicAndEndsByItself()
    {
        var (client, serving) = await ServeAsync(await _host.LoadGuestAsync("topic"), ["read", "news"]);
        await SubscribersAsync("news");

        await LeaveAsync(client, "is gone for the server");

        (await serving.WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Guest_WhoseClientHasLeft_KeepsNobodyFromPublishing()
    {
        var topics = _host.Services.GetRequiredService<IGuestTopics>();
        var (client, serving) = await ServeAsync(await _host.LoadGuestAsync("topic"), ["hang", "work"]);
        await SubscribersAsync("work");
        for (var message = 0; message < 8; message++) await topics.PublishAsync("work", new byte[1]);
        var waiting = topics.PublishAsync("work", new byte[1]).AsTask();
        waiting.IsCompleted.Should().BeFalse();

        await LeaveAsync(client, "is gone for the server");

        await waiting.WaitAsync(TestHost.Patience);
        serving.IsCompleted.Should().BeFalse("it may go on for a while");
        TopicOf("work").SubscriberCount.Should().Be(0, "but it gets nothing");
    }

    [Fact]
    public async Task Guest_WhoseClientHasGone_CannotWrite()
    {
        var (client, serving) = await BeginAsync("sleeps", "poll");
        await client.SendAsync("one");
        (await client.ReceiveTextAsync()).Should().Be("one");
        await client.SendAsync("two");
        (await client.ReceiveTextAsync()).Should().Be("two");

        // The server knows it, and what was sent can still be read.
        await _closed.CancelAsync();
        await client.SendAsync("three");

        (await serving.Awaiting(it => it.WaitAsync(TestHost.Patience))
            .Should().ThrowAsync<GuestExitException>()).Which.StandardError.Should().Contain("write: Broken pipe");
    }

    [Fact]
    public async Task Guest_ThatWritesToAClientThatHasGone_IsNotKept()
    {
        var pair = await LoopbackPair.ConnectAsync();
        _pairs.Add(pair);
        var gate = new GatedStream(pair.Server);
        var client = WebSocket.CreateFromStream(pair.Client, isServer: false, subProtocol: null, Timeout.InfiniteTimeSpan);
        var server = WebSocket.CreateFromStream(gate, isServer: true, subProtocol: null, Timeout.InfiniteTimeSpan);
        var serving = _host.Host.ServeConnectionAsync(await _host.LoadGuestAsync("connection"), new GuestConnection(server) { Closed = _closed.Token });
        await client.SendAsync("one");
        await gate.Reached.WaitAsync(TestHost.Patience);

        await _closed.CancelAsync();

        // Time stands still, so nothing ends the guest but what it sees.
        (await serving.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestExitException>())
            .Which.StandardError.Should().Contain("echo: Broken pipe");
    }

    [Fact]
    public async Task Guest_OfAClientThatHasLeft_MakesRoomForWhoWaits()
    {
        var (client, sleeping) = await BeginAsync("sleeps");
        await ServeAsync(await _host.LoadTextAsync(Computes), [], isClosable: false);
        await LeaveAsync(client, "is gone for the server");
        await _time.Created.WaitAsync(TestHost.Patience);

        await _host.RunAsync(await _host.LoadGuestAsync("empty"));

        await sleeping.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Close_BehindMessagesThatTheGuestDoesNotRead_IsSeen()
    {
        var (client, serving) = await BeginAsync("sleeps");
        for (var message = 0; message < 6; message++) await client.SendAsync($"hello {message}");

        await LeaveAsync(client, "says goodbye");
        await _time.Created.WaitAsync(TestHost.Patience);
        _time.Advance(LeaveTimeout);

        await serving.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
    }

    private async Task<(WebSocket Client, Task<InvocationCompletion> Serving)> BeginAsync(string work, params string[] arguments)
    {
        switch (work)
        {
            case "sleeps":
                var sleeper = await ServeAsync(await _host.LoadGuestAsync("connection"), arguments);
                if (arguments.Length > 0) return sleeper;
                await sleeper.Client.SendAsync("sleep");
                await sleeper.Client.ReceiveTextAsync();
                return sleeper;
            case "computes":
                return await ServeAsync(await _host.LoadTextAsync(Computes), [], words: 1);
            case "locks":
                var module = await _host.LoadTextAsync(Locks);
                await ServeAsync(module, [], words: 2, isClosable: false);
                return await ServeAsync(module, [], words: 1);
            case "publishes":
                _ = _host.Services.GetRequiredService<IGuestTopics>().Subscribe("work");
                var publisher = await ServeAsync(await _host.LoadGuestAsync("topic"), ["publish", "work", "text", "100"]);
                await TestHost.UntilAsync(() => TopicOf("work").WaitingPublishers > 0);
                return publisher;
            case "subscribes":
                var subscriber = await ServeAsync(await _host.LoadGuestAsync("topic"), ["hang", "news"]);
                await SubscribersAsync("news");
                return subscriber;
            default:
                var caller = await ServeAsync(await _host.LoadGuestAsync("rpc"), ["call", "host", "text"]);
                await _called.Task.WaitAsync(TestHost.Patience);
                return caller;
        }
    }

    private async Task LeaveAsync(WebSocket client, string way)
    {
        var socket = _pairs[^1].Client.Socket;
        switch (way)
        {
            case "says goodbye":
                await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
                break;
            case "resets":
                socket.LingerState = new LingerOption(true, 0);
                socket.Close();
                break;
            case "ends its side":
                socket.Shutdown(SocketShutdown.Send);
                break;
            default:
                await _closed.CancelAsync();
                break;
        }
    }

    private Topic TopicOf(string name) => _host.Services.GetRequiredService<TopicSet>().Find(name)!;

    private Task SubscribersAsync(string topic) => TestHost.UntilAsync(() => TopicOf(topic).SubscriberCount > 0);

    // The guest says so many words on its standard output first.
    private async Task<(WebSocket Client, Task<InvocationCompletion> Serving)> ServeAsync(
        GuestModule module, string[] arguments, int words = 0, bool isClosable = true)
    {
        var pair = await LoopbackPair.ConnectAsync();
        _pairs.Add(pair);
        var (client, server) = pair.Upgrade();
        var output = new Pipe();
        var connection = new GuestConnection(server)
        {
            Request = new() { Arguments = arguments, StandardOutput = output.Writer },
            Options = new() { LeaveTimeout = LeaveTimeout, GracePeriod = TimeSpan.FromDays(1) },
            Closed = isClosable ? _closed.Token : CancellationToken.None,
        };
        var serving = _host.Host.ServeConnectionAsync(module, connection, CancellationToken.None);
        if (words == 0) return (client, serving);
        var read = await output.Reader.ReadAtLeastAsync(words).AsTask().WaitAsync(TestHost.Patience);
        output.Reader.AdvanceTo(read.Buffer.End);
        return (client, serving);
    }
}
