using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Http.Queue;
using WasiCloud.Embedding.Http.Sockets;
using WasiCloud.Embedding.Tests.Http.Exchange;
using WasiCloud.Embedding.Waiting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Http.Sockets;

/// <summary>The queues of a daemon's requests when more come than it can answer.</summary>
public class HttpPortTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly HttpPort _sockets = new();
    private readonly HttpFilePort _files = new();

    [Fact]
    public void Accept_TheFirstHasWaitedForLong_GivesTheLast()
    {
        var (first, second) = (Create(), Create());
        _sockets.Deliver(first);
        _sockets.Deliver(second);
        _time.Advance(ArrivalOrder.Long + TimeSpan.FromTicks(1));
        var third = Create();
        _sockets.Deliver(third);

        Accepted(third, second, first);
    }

    [Fact]
    public void Accept_WaitsAreShort_GivesTheFirst()
    {
        var (first, second) = (Create(), Create());
        _sockets.Deliver(first);
        _time.Advance(ArrivalOrder.Long);
        _sockets.Deliver(second);

        Accepted(first, second);
    }

    [Fact]
    public void Accept_NobodyWaitsForIt_IsPassedOver()
    {
        var (gone, next) = (Create(), Create());
        _sockets.Deliver(gone);
        _sockets.Deliver(next);

        gone.Abandon();

        gone.Ended.IsCompleted.Should().BeTrue();
        Accepted(next);
        _sockets.TryAccept(isNonBlocking: true, out _).Should().BeFalse();
    }

    [Fact]
    public void AcceptFile_TheFirstHasWaitedForLong_GivesTheLastOfThoseThatAreWaitedFor()
    {
        var (first, second, gone) = (Create(), Create(), Create());
        _files.Deliver(first);
        _files.Deliver(second);
        _files.Deliver(gone);
        _time.Advance(ArrivalOrder.Long + TimeSpan.FromTicks(1));
        gone.Abandon();

        AcceptedFile().Should().BeSameAs(second);
        AcceptedFile().Should().BeSameAs(first);
    }

    private DeliveredRequest Create() => new(new InvocationExchange(new InvocationRequest(), ExchangeFixture.DefaultLimits, _ => { }), _time);

    private void Accepted(params DeliveredRequest[] requests)
    {
        foreach (var request in requests)
        {
            _sockets.TryAccept(isNonBlocking: true, out var connection).Should().BeTrue();
            ((HttpSocketHandle)connection.Value!).TakeTurn()!.Delivered.Should().BeSameAs(request);
        }
    }

    // "1\n" to "9\n" are two bytes; that none waits is not the end, which comes when none will come any more.
    [Fact]
    public void NextLineBytes_TellsTheNameThatComesNext()
    {
        _files.NextLineBytes.Should().BeNull();
        for (var number = 1; number <= 10; number++) _files.Deliver(Create());
        for (var number = 1; number <= 9; number++)
        {
            _files.NextLineBytes.Should().Be(2);
            AcceptedFile();
        }

        _files.NextLineBytes.Should().Be(3);
        AcceptedFile();
        _files.Stop();
        _files.NextLineBytes.Should().Be(0);
    }

    private DeliveredRequest AcceptedFile()
    {
        _files.TryAccept(out var turn).Should().BeTrue();
        return turn!.Delivered;
    }
}
