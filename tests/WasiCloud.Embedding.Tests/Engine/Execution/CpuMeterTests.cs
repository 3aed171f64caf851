using FluentAssertions;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Execution;

public class CpuMeterTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(20);

    private readonly CpuMeter _meter = new();

    [Fact]
    public void NoteTick_NextRequest_BeginsAnewAndSavesNothing()
    {
        var source = new Source();
        _meter.Reset(Limit, source);
        _meter.Start(isTicking: true);
        Compute();
        _meter.IsExceeded.Should().BeTrue();

        source.Taken += 5;
        _meter.NoteTick();
        _meter.IsExceeded.Should().BeFalse();

        Compute();
        _meter.IsExceeded.Should().BeTrue("five requests at once are no five limits");
        _meter.Total.Should().BeGreaterThan(Limit * 2);
    }

    [Fact]
    public async Task NoteWoken_GuestThatLivesLong_GetsBackWhatItWaited()
    {
        _meter.Reset(Limit, new Source());
        _meter.Start(isTicking: true);
        Compute();
        _meter.Stop();

        await TestHost.UntilAsync(() => !_meter.IsExceeded, _meter.NoteWoken);

        _meter.Total.Should().BeGreaterThan(Limit);
    }

    [Fact]
    public void NoteWoken_OrdinaryGuest_GetsNothingBack()
    {
        _meter.Reset(Limit, source: null);
        _meter.Start(isTicking: true);
        Compute();
        _meter.Stop();

        _meter.NoteWoken();

        _meter.IsExceeded.Should().BeTrue();
    }

    [Fact]
    public void Stop_CallThatNoTickCameTo_CostsNothing()
    {
        _meter.BeginCall(Limit);

        _meter.Stop().Should().Be(0);
        _meter.NoteTick().Should().BeGreaterThan(0, "from then on it is measured");
    }

    private void Compute()
    {
        while (!_meter.IsExceeded) _meter.NoteTick();
    }

    private sealed class Source : IWorkSource
    {
        public int Taken { get; set; }
    }
}
