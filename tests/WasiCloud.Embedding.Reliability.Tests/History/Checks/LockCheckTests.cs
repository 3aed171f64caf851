using FluentAssertions;
using WasiCloud.Embedding.Reliability.History.Checks;
using Xunit;

namespace WasiCloud.Embedding.Reliability.Tests.History.Checks;

public sealed class LockCheckTests
{
    private static readonly string[] s_first =
        ["a 1-2 take k -> ok 7", "a 3-4 look k -> ok -", "a 4-4 held k -> ok 7", "a 5-6 set k 1/7 -> ok", "a 7-8 release k -> ok"];

    [Fact]
    public void Check_OneAfterTheOther_Passes() =>
        Check([
            .. s_first, "b 3-9 take k -> ok 9", "b 10-11 look k -> ok 1/7", "b 11-11 held k -> ok 9", "b 12-13 set k 2/9 -> ok",
            "observer 20-21 look k -> ok 2/9",
        ]).Should().NotThrow();

    [Fact]
    public void Check_HolderThatWasKilled_MayHaveWritten()
    {
        string[] killed = ["a 1-2 take k -> ok 7", "a 3-4 look k -> ok -", "a 4-4 held k -> ok 7", "a 5-. set k 1/7"];

        Check([.. killed, "b 10-11 take k -> ok 9", "b 12-13 look k -> ok 1/7", "b 13-13 held k -> ok 9"]).Should().NotThrow();
        Check([
            .. killed, "b 10-11 take k -> ok 9", "b 12-13 look k -> ok -", "b 13-13 held k -> ok 9", "b 14-15 set k 1/9 -> ok",
            "observer 20-21 look k -> ok 1/9",
        ]).Should().NotThrow();
    }

    [Fact]
    public void Check_KilledHoldersWriteAfterTheNextHasLooked_IsFound() => Fails(
        "*can only be*", "a 1-2 take k -> ok 7", "a 3-4 look k -> ok -", "a 4-4 held k -> ok 7", "a 5-. set k 1/7", "b 10-11 take k -> ok 9",
        "b 12-13 look k -> ok -", "b 13-13 held k -> ok 9", "b 14-15 set k 1/9 -> ok", "observer 20-21 look k -> ok 1/7");

    [Fact]
    public void Check_LostIncrement_IsFound() =>
        Fails("*can only be*", [.. s_first, "b 3-9 take k -> ok 9", "b 10-11 look k -> ok -", "b 11-11 held k -> ok 9", "b 12-13 set k 1/9 -> ok"]);

    [Fact]
    public void Check_HolderWhoHoldsItStill_IsFound() => Fails("*two hold it*", "a 1-2 take k -> ok 7", "b 3-4 take k -> ok 9", "a 5-6 held k -> ok 7");

    [Fact]
    public void Check_HolderWhoIsToldThatItIsLost_Passes() =>
        Check(["a 1-2 take k -> ok 7", "b 3-4 take k -> ok 9", "a 5-6 held k -> refused ESTALE"]).Should().NotThrow();

    [Fact]
    public void Check_HolderThatReadsAfterItLostTheLock_Passes()
    {
        string[] next = ["b 3-4 take k -> ok 9", "b 5-6 look k -> ok -", "b 6-6 held k -> ok 9", "b 7-8 set k 1/9 -> ok"];

        Check(["a 1-2 take k -> ok 7", .. next, "a 2-20 look k -> ok 1/9", "a 21-22 held k -> refused ESTALE"]).Should().NotThrow();
        Fails("*can only be*", ["a 1-2 take k -> ok 7", .. next, "a 2-20 look k -> ok 1/9", "a 2-20 held k -> ok 7"]);
    }

    [Fact]
    public void Check_OneTokenForTwo_IsFound() => Fails("*one token*", [.. s_first, "b 9-10 take k -> ok 7"]);

    [Fact]
    public void Check_TokenThatGoesBack_IsFound() => Fails("*went back*", [.. s_first, "b 9-10 take k -> ok 6"]);

    [Fact]
    public void Check_LocksOfTheirOwn_DoNotMix() => Check([.. s_first, "b 9-10 take l -> ok 6"]).Should().NotThrow();

    private static Action Check(string[] calls) => () => new LockCheck().Check(Told.By(calls));

    private static void Fails(string message, params string[] calls) => Check(calls).Should().Throw<LedgerViolationException>().WithMessage(message);
}
