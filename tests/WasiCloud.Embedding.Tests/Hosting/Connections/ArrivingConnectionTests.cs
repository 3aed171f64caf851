using System.Net.WebSockets;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Tests.Engine;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Connections;

/// <summary>WebSockets that are accepted when their guests could begin to compute.</summary>
public sealed class ArrivingConnectionTests : IAsyncTest
{
    private static readonly TimeSpan QueueTimeout = TimeSpan.FromSeconds(7);

    private readonly TimerWatch _time = new(QueueTimeout);
    private readonly CancellationTokenSource _closed = new();
    private readonly TestHost _host;
    private ComputeTurn _holder = null!;
    private int _accepted;

    public ArrivingConnectionTests() => _host = new TestHost(
        options => (options.MaxComputingGuests, options.QueueTimeout) = (1, QueueTimeout), builder => builder.AddConnectionFiles(), _time);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _closed.Dispose();
    }

    [Fact]
    public async Task Serve_NoPlaceUntilTheQueuesTimeIsOver_IsRefusedAndNotAccepted()
    {
        var serving = await BeginAsync();

        _time.Advance(QueueTimeout);

        var failure = (await serving.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestLimitException>()).Which;
        (failure.Limit, failure.Value).Should().Be((GuestLimit.Computing, 1));
        failure.Message.Should().Be("All 1 places to compute were in use for too long.");
        await EndAsync();
    }

    [Fact]
    public async Task Serve_ClientThatLeavesWhileItWaits_IsNotAccepted()
    {
        var serving = await BeginAsync();

        await _closed.CancelAsync();

        await serving.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
        await EndAsync();
    }

    // Somebody has the only place, and a client waits for it.
    private async Task<Task> BeginAsync()
    {
        var module = await _host.LoadGuestAsync("connection");
        _holder = ModuleLoading.CreateStore((CompiledModule)module, _time).Turn;
        _holder.TryEnter().Should().BeTrue();

        // It is never taken back.
        _holder.Seen = long.MaxValue;
        var serving = _host.Host.ServeConnectionAsync(module, new GuestConnection(Accept) { Closed = _closed.Token });
        await _time.Created.WaitAsync(TestHost.Patience);
        return serving;
    }

    private async Task EndAsync()
    {
        _holder.Leave();
        _accepted.Should().Be(0);

        // What it had goes to the next.
        await _host.RunAsync(await _host.LoadGuestAsync("empty"));
    }

    private Task<WebSocket> Accept()
    {
        _accepted++;
        return Task.FromException<WebSocket>(new IOException("accepted"));
    }
}
