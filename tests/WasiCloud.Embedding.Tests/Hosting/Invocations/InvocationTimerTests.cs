using FluentAssertions;
using WasiCloud.Embedding.Hosting.Invocations;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Invocations;

#pragma warning disable CA1001 // The timer holds nothing.
public sealed class InvocationTimerTests
#pragma warning restore CA1001
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly HeldTimer _time = new();
    private readonly InvocationTimer _timer;
    private int _exceeded;

    public InvocationTimerTests() => _timer = new InvocationTimer(_time, () => _exceeded++);

    [Fact]
    public void Fire_AtTheLimit_TellsOnce()
    {
        _timer.Start(Limit);
        _time.Now += Limit;

        _time.Fire();
        _time.Fire();

        _exceeded.Should().Be(1);
        _timer.Stop().Should().BeFalse();
    }

    [Fact]
    public void Stop_BeforeTheLimit_SaysSoAndDisarms()
    {
        _timer.Start(Limit);

        _timer.Stop().Should().BeTrue();

        _time.Due.Should().Be(Timeout.InfiniteTimeSpan);
        _timer.Stop().Should().BeFalse("it is stopped already");
    }

    [Fact]
    public void Fire_LateForTheInvocationBefore_LeavesTheNextAllItsTime()
    {
        _timer.Start(Limit);
        _time.Now += Limit;
        _timer.Stop();
        _timer.Start(Limit);

        _time.Fire();

        _exceeded.Should().Be(0);
        _time.Due.Should().Be(Limit);
        _timer.Stop().Should().BeTrue();
    }

    [Fact]
    public void Fire_BetweenTwoInvocations_DoesNothing()
    {
        _timer.Start(Limit);
        _timer.Stop();
        _time.Now += Limit;

        _time.Fire();

        _exceeded.Should().Be(0);
        _time.Due.Should().Be(Timeout.InfiniteTimeSpan);
    }

    [Fact]
    public void Fire_LateForOneWithoutALimit_DoesNothing()
    {
        _timer.Start(Limit);
        _timer.Stop();
        _timer.Start(Timeout.InfiniteTimeSpan);
        _time.Now += Limit;

        _time.Fire();

        _exceeded.Should().Be(0);
        _timer.Stop().Should().BeTrue();
    }

    [Fact]
    public void Fire_TooEarly_WaitsForTheRest()
    {
        _timer.Start(Limit);
        _time.Now += Limit - TimeSpan.FromMilliseconds(2);

        _time.Fire();

        _exceeded.Should().Be(0);
        _time.Due.Should().Be(TimeSpan.FromMilliseconds(2));
    }

    /// <summary>A clock with one timer, which fires when the test says so, however it is armed.</summary>
    private sealed class HeldTimer : TimeProvider, ITimer
    {
        private TimerCallback? _callback;
        private object? _state;

        public TimeSpan Now { get; set; }

        public TimeSpan Due { get; private set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _callback.Should().BeNull("one timer serves all invocations");
            (_callback, _state, Due) = (callback, state, dueTime);
            return this;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime;
            return true;
        }

        public void Fire() => _callback!(_state);

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
