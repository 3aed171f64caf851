using System.Net.WebSockets;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Connections;

/// <summary>WebSockets that are accepted when there is room for their guests.</summary>
public sealed class UnacceptedConnectionTests : IAsyncTest
{
    private const string Says = """
        (module
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "\10\00\00\00\01\00\00\00")
          (data (i32.const 16) ".")
          (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 24)))))
        """;

    private readonly FakeTimeProvider _time = new();
    private readonly TestHost _host;
    private readonly CancellationTokenSource _closed = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<LoopbackPair> _pairs = [];
    private readonly TaskCompletionSource<WebSocket> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _accepted;

    public UnacceptedConnectionTests() => _host = new TestHost(
        options => (options.MaxConcurrentInvocations, options.MaxQueuedInvocations, options.QueueTimeout) = (1, 1, TimeSpan.FromSeconds(5)), builder =>
            builder.AddConnectionFiles(), _time);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        foreach (var pair in _pairs) pair.Dispose();
        _closed.Dispose();
        _stopping.Dispose();
    }

    [Fact]
    public async Task Serve_WithRoom_AcceptsAndServes()
    {
        var serving = await ServeAsync();

        var client = await _first.Task.WaitAsync(TestHost.Patience);
        await client.SendAsync("one");
        (await client.ReceiveTextAsync()).Should().Be("one");
        await EndFirstAsync();
        (await serving.WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Serve_WithoutRoomAndQueue_IsRefusedAndNotAccepted()
    {
        await ServeAsync();
        _ = await ServeAsync();

        var refused = await ServeAsync();

        (await refused.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Queue);
        _accepted.Should().Be(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Serve_NobodyWaitsForTheQueuedAnyMore_IsNotAccepted(bool hasClientGone)
    {
        var first = await ServeAsync();
        var queued = await ServeAsync(_closed.Token, _stopping.Token);

        await (hasClientGone ? _closed : _stopping).CancelAsync();

        await queued.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        await EndFirstAsync();
        await first.WaitAsync(TestHost.Patience);
        _accepted.Should().Be(1);

        // And has no place.
        _ = await ServeAsync();
        _accepted.Should().Be(2);
    }

    [Fact]
    public async Task Serve_AcceptFails_GivesThePlaceBack()
    {
        var module = await _host.LoadGuestAsync("connection");

        await FluentActions.Awaiting(() =>
            _host.Host.ServeConnectionAsync(
            module, new GuestConnection(() => Task.FromException<WebSocket>(new IOException("gone"))))).Should().ThrowAsync<IOException>();
        await FluentActions.Awaiting(() =>
            _host.Host.ServeConnectionAsync(module,
            new GuestConnection(AcceptAsync)
            {
                Request = new() { Target = "no target" },
                Options = new() { CloseTimeout = TimeSpan.Zero }
            })).Should().ThrowAsync<ArgumentException>();

        _ = await ServeAsync();
        _accepted.Should().Be(1, "what no guest can be given is refused before its WebSocket is accepted");
    }

    [Fact]
    public async Task Invoke_NobodyWaitsForTheQueuedAnyMore_StartsNoGuest()
    {
        var first = await ServeAsync();
        using var cancellation = new CancellationTokenSource();
        var output = new System.IO.Pipelines.Pipe();
        var queued = _host.Host.InvokeAsync(await _host.LoadTextAsync(Says), new InvocationRequest { StandardOutput = output.Writer }, cancellation.Token);

        await cancellation.CancelAsync();
        await queued.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        await EndFirstAsync();
        await first.WaitAsync(TestHost.Patience);

        // Its place went to the next, and it has said nothing.
        await _host.RunAsync(await _host.LoadGuestAsync("empty"));
        output.Reader.TryRead(out _).Should().BeFalse();
    }

    private async Task<Task<InvocationCompletion>> ServeAsync(CancellationToken closed = default, CancellationToken stopping = default)
    {
        var connection = new GuestConnection(AcceptAsync) { Request = new() { Stopping = stopping }, Closed = closed };
        return _host.Host.ServeConnectionAsync(await _host.LoadGuestAsync("connection"), connection);
    }

    private async Task EndFirstAsync()
    {
        var client = await _first.Task.WaitAsync(TestHost.Patience);
        await client.SendAsync("exit 0");
        await client.ReceiveCloseAsync();
    }

    private async Task<WebSocket> AcceptAsync()
    {
        _accepted++;
        var pair = await LoopbackPair.ConnectAsync();
        _pairs.Add(pair);
        var (client, server) = pair.Upgrade();
        _first.TrySetResult(client);
        return server;
    }
}
