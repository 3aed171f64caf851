using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Hosting.Streams;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Streams;

public sealed class LogAllowanceTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly List<(long Lines, long Bytes)> _omitted = [];

    [Fact]
    public void Second_IsOver_LetsLinesThroughAgain()
    {
        var allowance = Create(LogLimits.None with { MaxLinesPerSecond = 2 }, hasEnd: true);

        Write(allowance, 5).Should().Be(2);
        _time.Advance(Second);
        Write(allowance, 5).Should().Be(2);

        _omitted.Should().BeEmpty("a guest that has an end is told on once");
        allowance.End();
        _omitted.Should().Equal((6, 60));
    }

    [Fact]
    public void Second_OfAGuestThatLivesOn_EndsWithItsCount()
    {
        var allowance = Create(LogLimits.None with { MaxLines = 1, MaxBytesPerSecond = 20 }, hasEnd: false);

        Write(allowance, 5).Should().Be(2, "what is limited from start to end is for guests that have an end");
        _time.Advance(Second);
        Write(allowance, 1).Should().Be(1);

        _omitted.Should().Equal((3, 30));
        allowance.End();
        _omitted.Should().HaveCount(1);
    }

    [Fact]
    public void Whole_IsSpent_LetsNothingThroughWhateverTheTime()
    {
        var allowance = Create(LogLimits.None with { MaxLines = 2 }, hasEnd: true);

        Write(allowance, 3).Should().Be(2);
        _time.Advance(TimeSpan.FromHours(1));

        allowance.IsExhausted.Should().BeTrue();
        Write(allowance, 1).Should().Be(0);
    }

    [Fact]
    public void Begin_AfterAnotherGuest_StartsAfresh()
    {
        var allowance = Create(LogLimits.None with { MaxLines = 1, MaxLinesPerSecond = 1 }, hasEnd: true);
        Write(allowance, 1);
        allowance.End();

        allowance.Begin(hasEnd: true);

        Write(allowance, 1).Should().Be(1);
        _omitted.Should().BeEmpty();
    }

    private static int Write(LogAllowance allowance, int lines)
    {
        var written = 0;
        for (var line = 0; line < lines; line++)
        {
            if (allowance.TryBeginLine())
            {
                allowance.Charge(10);
                written++;
            }
            else
            {
                allowance.LeaveOut(lines: 1, bytes: 10);
            }
        }

        return written;
    }

    private LogAllowance Create(LogLimits limits, bool hasEnd)
    {
        var allowance = new LogAllowance(limits, _time, (lines, bytes) => _omitted.Add((lines, bytes)));
        allowance.Begin(hasEnd);
        return allowance;
    }
}
