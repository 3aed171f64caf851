using FluentAssertions;
using WasiCloud.Embedding.Reliability.History.Checks;
using Xunit;

namespace WasiCloud.Embedding.Reliability.Tests.History.Checks;

public sealed class WatchCheckTests
{
    private const string First = "a 10-11 put x y -> ok 5";
    private const string Second = "a 12-13 put z -x -> ok 6";

    [Fact]
    public void Check_EverythingOnce_Passes() => Check(
        First, Second, "b 14-. put u v", "b 15-16 put w -> refused ESTALE", "w watch 1 +x@5 +y@5 +z@6 -x@6 +u@8 +v@8 +changes/end@9",
            "w2 watch 1 +x@5 +y@5 +z@6")
            .Should().NotThrow();

    [Fact]
    public void Check_WatchOpenedLater_NeedNotHaveWhatWasBefore() =>
        Check(First, Second, "w watch 12 +z@6 -x@6 +changes/end@9", "w2 watch 1 +x@5 +y@5 +z@6 -x@6 +changes/end@9").Should().NotThrow();

    [Fact]
    public void Check_MissedCommit_IsFound()
    {
        Fails("*misses*", First, Second, "w watch 1 +z@6 -x@6 +changes/end@9");
        Fails("*misses*", First, Second, "w watch 1 +z@6 -x@6");
    }

    [Fact]
    public void Check_PartOfACommit_IsFound() => Fails("*misses a part*", First, Second, "w watch 1 +x@5 +z@6 -x@6 +changes/end@9");

    [Fact]
    public void Check_PartOfAnUnknownCommit_IsFound() => Fails("*misses a part*", "b 14-. put u v", "w watch 1 +u@5 +changes/end@9");

    [Fact]
    public void Check_ChangeTwice_IsFound() => Fails("*second time*", First, "w watch 1 +x@5 +y@5 +y@5 +changes/end@9");

    [Fact]
    public void Check_WrongVersion_IsFound() => Fails("*version is another*", First, "w watch 1 +x@6 +y@6 +changes/end@9");

    [Fact]
    public void Check_CommitsInTheWrongOrder_AreFound()
    {
        Fails("*after*", First, Second, "w watch 1 +z@6 -x@6 +x@5 +y@5 +changes/end@9");
        Fails("*in front of*", "a 10-11 put x -> ok 0", "a 12-13 put y -> ok 0", "w watch 1 +y@5 +x@6 +changes/end@9");
    }

    [Fact]
    public void Check_ChangesOfOneCommitApart_AreFound() => Fails("*apart*", First, "b 10-11 put z -> ok 0", "w watch 1 +x@5 +z@5 +y@5 +changes/end@9");

    [Fact]
    public void Check_RefusedChange_IsFound() => Fails("*was refused*", "b 15-16 put w -> refused ESTALE", "w watch 1 +w@5 +changes/end@9");

    [Fact]
    public void Check_ChangeOfNobody_IsFound() => Fails("*nobody made*", "w watch 1 +w@5 +changes/end@9");

    [Fact]
    public void Check_WatchesThatDiffer_AreFound() =>
        Fails("*where*", "b 1-. put u", "b 1-. put v", "b 1-. put t", "w watch 1 +t@4 +u@5 +changes/end@9", "w2 watch 1 +t@4 +v@6 +changes/end@9");

    [Fact]
    public void Read_WatchThatIsToldOfLostChanges_IsFound() =>
        FluentActions.Invoking(() => Reliability.History.RecordedHistory.Read(["w 1 opened", "w 2 lost"])).Should().Throw<LedgerViolationException>();

    private static Action Check(params string[] calls) => () => new WatchCheck().Check(Told.By(calls));

    private static void Fails(string message, params string[] calls) => Check(calls).Should().Throw<LedgerViolationException>().WithMessage(message);
}
