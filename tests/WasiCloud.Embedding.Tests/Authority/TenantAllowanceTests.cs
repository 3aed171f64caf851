using System.Diagnostics;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Authority;
using Xunit;

namespace WasiCloud.Embedding.Tests.Authority;

public sealed class TenantAllowanceTests
{
    private static readonly GuestLimits s_limits = new()
    {
        TenantCpuTimePerSecond = TimeSpan.FromMilliseconds(500),
        TenantLogBytesPerSecond = 100,
        TenantOpenBytes = 10,
    };

    private readonly FakeTimeProvider _time = new();
    private readonly TenantUse _use;

    public TenantAllowanceTests() => _use = new TenantUse(_time);

    [Fact]
    public void HasComputedEnough_OfTwoGuests_IsSoForBothUntilTheSecondIsOver()
    {
        var (first, second) = (new TenantAllowance(_use, s_limits), new TenantAllowance(_use, s_limits));

        first.Compute(Stopwatch.Frequency / 4);
        (first.HasComputedEnough, second.HasComputedEnough).Should().Be((false, false));
        second.Compute(Stopwatch.Frequency / 4);
        (first.HasComputedEnough, second.HasComputedEnough).Should().Be((true, true));

        _time.Advance(TimeSpan.FromSeconds(1));
        (first.HasComputedEnough, second.HasComputedEnough).Should().Be((false, false));
    }

    [Fact]
    public void HasLoggedEnough_OfTwoGuests_IsSoForBothUntilTheSecondIsOver()
    {
        var (first, second) = (new TenantAllowance(_use, s_limits), new TenantAllowance(_use, s_limits));

        first.Log(99);
        second.HasLoggedEnough.Should().BeFalse();
        first.Log(1);
        second.HasLoggedEnough.Should().BeTrue();

        _time.Advance(TimeSpan.FromMilliseconds(999));
        second.HasLoggedEnough.Should().BeTrue();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        second.HasLoggedEnough.Should().BeFalse();
    }

    [Fact]
    public void Open_OfTwoGuests_IsLimitedTogetherAndGivenBackAtTheEnd()
    {
        var (first, second) = (new TenantAllowance(_use, s_limits), new TenantAllowance(_use, s_limits));

        first.TryOpen(8).Should().BeTrue();
        second.TryOpen(3).Should().BeFalse();
        second.TryOpen(2).Should().BeTrue();
        first.Close(5);
        second.TryOpen(5).Should().BeTrue();
        first.TryOpen(1).Should().BeFalse();

        second.End();
        _use.OpenBytes.Should().Be(3);
        second.Close(7);
        _use.OpenBytes.Should().Be(3, "what comes after the end was given back then");
        first.End();
        _use.IsNothing.Should().BeTrue();
    }

    [Fact]
    public void Open_ByManyThreads_NeverExceedsTheLimit()
    {
        Parallel.For(0, 64, _ =>
        {
            var guest = new TenantAllowance(_use, s_limits);
            for (var round = 0; round < 1_000; round++)
            {
                if (guest.TryOpen(3)) guest.Close(3);
                _use.OpenBytes.Should().BeInRange(0, 10);
            }

            guest.TryOpen(1);
            guest.End();
        });

        _use.OpenBytes.Should().Be(0);
    }

    [Fact]
    public void Policy_WithoutALimit_CountsNothing()
    {
        var guest = new TenantAllowance(_use, new GuestLimits { TenantOpenBytes = 10 });

        guest.Compute(Stopwatch.Frequency * 100);
        guest.Log(long.MaxValue);

        (guest.HasComputedEnough, guest.HasLoggedEnough, _use.Computed.Sum, _use.Logged.Sum).Should().Be((false, false, 0, 0));
        TenantAllowance.IsNeededFor(null).Should().BeFalse();
        TenantAllowance.IsNeededFor(new GuestLimits { TenantInvocations = 1 }).Should().BeFalse();
        TenantAllowance.IsNeededFor(s_limits).Should().BeTrue();
    }
}
