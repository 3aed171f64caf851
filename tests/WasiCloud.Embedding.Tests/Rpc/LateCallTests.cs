using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Rpc;
using WasiCloud.Embedding.Waiting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Rpc;

/// <summary>Calls whose time is over before the host's timers say so, as when there is too much to do.</summary>
public sealed class LateCallTests : IDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    private readonly LateClock _clock = new();
    private readonly RpcService _service;
    private readonly RpcAcceptor _acceptor = new(CancellationToken.None);

    public LateCallTests()
    {
        _service = new RpcService("late", RpcAccess.Call | RpcAccess.Serve, handler: null, transport: null, new RpcOptions { CallTimeout = CallTimeout },
            _clock, NullLogger.Instance);
        _service.AddServer();
    }

    public void Dispose() => _service.Dispose();

    [Fact]
    public void TryAccept_CallIsLate_GivesTheNext()
    {
        var late = Send();
        _clock.Advance(CallTimeout);
        var next = Send();

        _service.TryAccept(_acceptor, out var call).Should().BeFalse();

        call.Should().BeSameAs(next);
        (late.IsDone, late.Outcome).Should().Be((true, RpcError.TimedOut));
    }

    [Fact]
    public async Task Accept_CallIsLate_WaitsForTheNext()
    {
        Send();
        _clock.Advance(CallTimeout);

        var accepting = _service.AcceptAsync(_acceptor, CancellationToken.None).AsTask();
        accepting.IsCompleted.Should().BeFalse();
        var next = Send();

        (await accepting.WaitAsync(TimeSpan.FromMinutes(1))).Should().BeSameAs(next);
    }

    [Fact]
    public void TryAccept_TheFirstHasWaitedForLong_GivesTheLast()
    {
        var (first, second) = (Send(), Send());
        _clock.Advance(ArrivalOrder.Long + TimeSpan.FromTicks(1));
        var third = Send();

        new[] { Accept(), Accept(), Accept() }.Should().Equal(third, second, first);
    }

    [Fact]
    public void TryAccept_CallsOfOneWay_KeepTheirOrder()
    {
        var (first, second) = (Send(isOneWay: true), Send());
        _clock.Advance(ArrivalOrder.Long + TimeSpan.FromTicks(1));
        var third = Send(isOneWay: true);

        new[] { Accept(), Accept(), Accept() }.Should().Equal(first, second, third);
    }

    [Fact]
    public void TryAccept_CallerHasGone_GivesTheNext()
    {
        var (gone, next) = (Send(), Send());

        _service.Abandon(gone);

        Accept().Should().BeSameAs(next);
    }

    private RpcCall? Accept()
    {
        _service.TryAccept(_acceptor, out var call).Should().BeFalse();
        return call;
    }

    private RpcCall Send(bool isOneWay = false)
    {
        var call = _service.Rent(caller: null);
        _service.TrySend(call, isOneWay).Should().BeTrue();
        return call;
    }

    // Its timers never fire.
    private sealed class LateClock : FakeTimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
