using FluentAssertions;
using WasiCloud.Embedding.Hosting.Connections;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Connections;

public sealed class ConnectionGuestsTests : IDisposable
{
    private readonly ConnectionGuests _guests = new();
    private readonly List<CancellationTokenSource> _sources = [];

    public void Dispose() => _sources.ForEach(source => source.Dispose());

    [Fact]
    public void MakeRoom_EndsTheOneThatWasLeftFirst()
    {
        var (first, second) = (Leave(), Leave());

        _guests.MakeRoom();

        (first.IsCancellationRequested, second.IsCancellationRequested).Should().Be((true, false));
    }

    [Fact]
    public void MakeRoom_NobodyWasLeft_DoesNothing() => _guests.Invoking(it => it.MakeRoom()).Should().NotThrow();

    [Fact]
    public void Removed_IsNotTouched()
    {
        var source = new CancellationTokenSource();
        _guests.Remove(_guests.Add(source));
        source.Dispose();

        _guests.Invoking(it => it.MakeRoom()).Should().NotThrow();
    }

    [Fact]
    public void Begin_ManyWereLeft_EndsTheFirstForEachThatBegins()
    {
        var few = 4 * System.Environment.ProcessorCount;
        var left = Enumerable.Range(0, few + 3).Select(_ => Leave()).ToList();

        for (var begun = 0; begun < 10; begun++) _guests.Begin();

        left.Count(source => source.IsCancellationRequested).Should().Be(3, "a few may go on");
        left.Take(3).Should().OnlyContain(source => source.IsCancellationRequested);
    }

    [Fact]
    public void Begin_ManyLive_LetsAShareGoOn()
    {
        var few = 4 * System.Environment.ProcessorCount;
        for (var begun = 0; begun < 10 * few; begun++) _guests.Begin();
        var left = Enumerable.Range(0, 2 * few).Select(_ => Leave()).ToList();

        _guests.Begin();

        left.Should().OnlyContain(source => !source.IsCancellationRequested, "they are a fifth of all");
    }

    private CancellationTokenSource Leave()
    {
        var source = new CancellationTokenSource();
        _sources.Add(source);
        _guests.Add(source);
        return source;
    }
}
