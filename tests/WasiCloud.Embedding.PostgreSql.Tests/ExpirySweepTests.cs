using FluentAssertions;
using WasiCloud.Embedding.Testing.KeyValue;
using WasiCloud.Embedding.Tests.KeyValue.Files;
using Xunit;

namespace WasiCloud.Embedding.PostgreSql.Tests;

public sealed class ExpirySweepTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Schedule_HostsClockWasSet_SweepsInTimeAllTheSame(int hours)
    {
        var time = new ManualTimeProvider();
        var clock = new JumpingClock(time);
        var sweeps = 0;
        await using var sweep = new ExpirySweep(clock, TimeSpan.FromSeconds(1), () =>
        {
            sweeps++;
            return Task.CompletedTask;
        });
        sweep.Schedule(TimeSpan.FromMinutes(50));
        clock.Jump(TimeSpan.FromHours(hours));

        sweep.Schedule(TimeSpan.FromSeconds(10));
        time.Advance(TimeSpan.FromSeconds(9));
        sweeps.Should().Be(0);
        time.Advance(TimeSpan.FromSeconds(2));

        sweeps.Should().Be(1);
    }
}
