using FluentAssertions;
using WasiCloud.Embedding.Text;
using Xunit;

namespace WasiCloud.Embedding.Tests.Text;

public sealed class ExceptionTextTests
{
    [Fact]
    public void ForLog_PlainMessages_IsTheExceptionItself()
    {
        var exception = new IOException("outer", new AggregateException("inner", new TimeoutException("innermost")));

        ExceptionText.ForLog(exception).Should().BeSameAs(exception);
    }

    [Fact]
    public void ForLog_AMessageDeepInside_IsEscapedWhereverItIs()
    {
        var hostile = new IOException("\u202ereversed\r\nforged");
        foreach (var exception in new Exception[] { hostile, new IOException("outer", hostile),
            new AggregateException("several", new TimeoutException(), hostile) })
        {
            var logged = ExceptionText.ForLog(exception);

            logged.Message.Should().NotContainAny("\u202e", "\n");
            logged.ToString().Should().Contain(@"\u{202e}reversed\u{d}\u{a}forged").And.NotContain("\u202e");
            logged.InnerException.Should().BeSameAs(exception);
        }
    }

    [Fact]
    public void ForLog_HugeMessage_IsCut() =>
        ExceptionText.ForLog(new IOException(new string('x', 10_000_000))).ToString().Length.Should().BeLessThan(2 * SafeText.MessageLength);

    [Fact]
    public void Of_EndlessNesting_Ends()
    {
        Exception exception = new TimeoutException();
        for (var level = 0; level < 1000; level++) exception = new IOException("\u001b" + new string('x', 20_000), exception);

        ExceptionText.ForLog(exception).ToString().Length.Should().BeLessThan(20 * SafeText.MessageLength);
    }

    [Fact]
    public void Of_ThrownException_TellsWhere()
    {
        var failure = FluentActions.Invoking(static () => int.Parse("x", System.Globalization.CultureInfo.InvariantCulture))
            .Should().Throw<FormatException>().Which;

        ExceptionText.Of(failure).Should().StartWith("System.FormatException: ").And.Contain(nameof(Of_ThrownException_TellsWhere));
    }
}
