using FluentAssertions;
using WasiCloud.Embedding.Reliability.History.Checks;
using Xunit;

namespace WasiCloud.Embedding.Reliability.Tests.History.Checks;

public sealed class RegisterCheckTests
{
    [Fact]
    public void Check_CallsOneAfterTheOther_Passes() => Check(
        "a 1-2 read k -> ok -", "a 3-4 write k 1 -> ok", "b 5-6 read k -> ok 1", "b 7-8 swap k 1 2 -> ok", "a 9-10 swap k 1 3 -> refused ESTALE",
        "a 11-12 create k 4 -> refused EEXIST",
        "b 13-14 remove k -> ok", "a 15-16 remove k -> refused ENOENT", "a 17-18 create k 5 -> ok", "b 19-20 read k -> ok 5").Should().NotThrow();

    [Fact]
    public void Check_ReadDuringAWrite_MaySeeEither()
    {
        Check("a 1-9 write k 1 -> ok", "b 2-3 read k -> ok -", "b 4-5 read k -> ok 1").Should().NotThrow();
        Check("a 1-9 write k 1 -> ok", "b 2-3 read k -> ok 1", "b 4-5 read k -> ok -").Should().Throw<LedgerViolationException>();
    }

    [Fact]
    public void Check_StaleRead_IsFound() =>
        Check("a 1-2 write k 1 -> ok", "a 3-4 write k 2 -> ok", "b 5-6 read k -> ok 1")
            .Should().Throw<LedgerViolationException>().WithMessage("*not linearizable*read k*");

    [Fact]
    public void Check_LostWrite_IsFound() => Check("a 1-2 write k 1 -> ok", "b 3-4 read k -> ok -").Should().Throw<LedgerViolationException>();

    [Fact]
    public void Check_RefusedWriteThatHappens_IsFound() =>
        Check("a 1-2 write k 1 -> ok", "b 3-4 create k 2 -> refused EEXIST", "a 5-6 remove k -> ok", "a 7-8 read k -> ok -", "a 9-10 read k -> ok 2")
            .Should().Throw<LedgerViolationException>();

    [Fact]
    public void Check_RefusalWithoutAReason_IsFound()
    {
        Check("a 1-2 create k 1 -> refused EEXIST").Should().Throw<LedgerViolationException>();
        Check("a 1-2 write k 1 -> ok", "a 3-4 swap k 1 2 -> refused ESTALE").Should().Throw<LedgerViolationException>();
        Check("a 1-2 write k 1 -> ok", "a 3-4 remove k -> refused ENOENT").Should().Throw<LedgerViolationException>();
    }

    [Fact]
    public void Check_TwoSwapsOfOneValue_AreFound() =>
        Check("a 1-2 write k 1 -> ok", "a 3-9 swap k 1 2 -> ok", "b 4-8 swap k 1 3 -> ok").Should().Throw<LedgerViolationException>();

    [Fact]
    public void Check_UnknownOutcome_MayHappenLateOrNever()
    {
        Check("a 1-2 write k 1 -> unknown", "b 3-4 read k -> ok -").Should().NotThrow();
        Check("a 1-. write k 1", "b 3-4 write k 2 -> ok", "b 5-6 read k -> ok 2", "b 7-8 read k -> ok 1").Should().NotThrow();
        Check("a 1-2 swap k - 1 -> unknown", "b 3-4 write k 2 -> ok", "b 5-6 read k -> ok 1")
            .Should().Throw<LedgerViolationException>("its condition never holds again");
        Check("a 1-. write k 1", "b 3-4 write k 2 -> ok", "b 5-6 read k -> ok 1", "b 7-8 read k -> ok 2")
            .Should().Throw<LedgerViolationException>("it happens once");
    }

    [Fact]
    public void Check_UnknownOutcomeThatIsDecidedByThen_MayNotHappenLater()
    {
        string[] lines = ["a 1 invoke write k 1", "a 2 unknown", "b 10 invoke read k", "b 11 ok -", "b 12 invoke read k", "b 13 ok 1"];

        FluentActions.Invoking(() => new RegisterCheck().Check(Reliability.History.RecordedHistory.Read(lines, settles: 20))).Should().NotThrow();
        FluentActions.Invoking(() => new RegisterCheck().Check(Reliability.History.RecordedHistory.Read(lines, settles: 5)))
            .Should().Throw<LedgerViolationException>();
    }

    [Fact]
    public void Check_KeysOfTheirOwn_DoNotMix() => Check("a 1-2 write k 1 -> ok", "b 3-4 read l -> ok -").Should().NotThrow();

    [Fact]
    public void Check_MoreThanItMayTry_FailsAndDoesNotPass()
    {
        string[] calls = [.. Enumerable.Range(0, 12).Select(number => $"c{number} 1-99 write k {number} -> ok"), "z 100-101 read k -> ok none"];

        FluentActions.Invoking(() => new RegisterCheck(maxEffort: 100).Check(Told.By(calls)))
            .Should().Throw<LedgerViolationException>().WithMessage("*gave up*");
    }

    [Fact]
    public void Check_ManyUnknownOutcomes_IsQuick()
    {
        string[] unknown = [.. Enumerable.Range(0, 10).Select(number => $"u{number} {number}-. write k u{number}")];
        var writes = Enumerable.Range(2, 300).Select(number => $"a {number}0-{number}3 write k {number} -> ok");
        string[] known = [.. writes, .. Enumerable.Range(2, 300).Select(number => $"b {number}4-{number}5 read k -> ok {number}")];
        var check = new RegisterCheck();

        check.Check(Told.By([.. unknown, .. known]));

        check.Checked.Should().Be(610);
    }

    private static Action Check(params string[] calls) => () => new RegisterCheck().Check(Told.By(calls));
}
