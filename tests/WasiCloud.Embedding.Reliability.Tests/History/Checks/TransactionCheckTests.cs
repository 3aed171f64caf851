using FluentAssertions;
using WasiCloud.Embedding.Reliability.History.Checks;
using Xunit;

namespace WasiCloud.Embedding.Reliability.Tests.History.Checks;

public sealed class TransactionCheckTests
{
    [Fact]
    public void Check_SerialTransactions_Passes() => Check(
        "a 1-2 txn t x=1 y=2 -> ok x= y=", "b 3-4 txn t x y=3 -> ok x=1, y=2,", "a 5-. txn t x=4", "b 6-7 txn t y=5 -> refused ESTALE y=2,3,",
        "c 8-9 txn t x=6 x=7 -> ok x=1,4, x=1,4,6,",
        "z 20-21 txn t x -> ok x=1,4,6,7,", "z 22-23 txn t y -> ok y=2,3,").Should().NotThrow();

    [Fact]
    public void Check_OverlappingTransactions_MayComeInAnyOrder() =>
        Check("a 1-9 txn t x=1 -> ok x=2,", "b 2-8 txn t x=2 -> ok x=", "z 20-21 txn t x -> ok x=2,1,").Should().NotThrow();

    [Fact]
    public void Check_WriteSkew_IsFound() => Fails(
        "*circle*did not see*", "a 1-9 txn t x y=1 -> ok x= y=", "b 2-8 txn t y x=2 -> ok y= x=", "z 20-21 txn t x -> ok x=2,", "z 22-23 txn t y -> ok y=1,");

    [Fact]
    public void Check_TornTransaction_IsFound()
    {
        Fails("*does not have all*", "a 1-2 txn t x=1 y=2 -> ok x= y=", "z 20-21 txn t x -> ok x=1,", "z 22-23 txn t y -> ok y=");
        Fails("*circle*", "a 1-9 txn t x=1 y=2 -> ok x= y=", "b 3-4 txn t x y -> ok x=1, y=", "z 20-21 txn t x -> ok x=1,", "z 22-23 txn t y -> ok y=2,");
        Fails("*in the middle*", "a 1-9 txn t x=1 x=2 -> ok x= x=1,", "b 3-4 txn t x -> ok x=1,", "z 20-21 txn t x -> ok x=1,2,");
    }

    [Fact]
    public void Check_LongFork_IsFound() => Fails(
        "*circle*", "a 1-9 txn t x=1 -> ok x=", "b 1-9 txn t y=2 -> ok y=", "c 2-8 txn t x y -> ok x=1, y=", "d 2-8 txn t x y -> ok x= y=2,",
        "z 20-21 txn t x -> ok x=1,", "z 22-23 txn t y -> ok y=2,");

    [Fact]
    public void Check_StaleTransaction_IsFound() =>
        Fails("*circle*was over before*", "a 1-2 txn t x=1 -> ok x=", "b 3-4 txn t x -> ok x=", "z 20-21 txn t x -> ok x=1,");

    [Fact]
    public void Check_RefusedTransactionThatSawTwoMoments_IsFound() => Fails(
        "*circle*", "a 1-2 txn t x=1 y=2 -> ok x= y=", "b 3-9 txn t x y z=5 -> refused ESTALE x=1, y=2,4,", "a 4-5 txn t x=3 y=4 -> ok x=1, y=2,",
        "z 20-21 txn t x -> ok x=1,3,",
        "z 22-23 txn t y -> ok y=2,4,");

    [Fact]
    public void Check_RefusedItem_IsFound() => Fails("*was refused*", "a 1-2 txn t x=1 -> refused ESTALE x=", "z 20-21 txn t x -> ok x=1,");

    [Fact]
    public void Check_LostUpdate_IsFound() =>
        Fails("*was both*", "a 1-9 txn t x=1 -> ok x=", "b 3-4 txn t x -> ok x=1,", "b 5-8 txn t x=2 -> ok x=", "z 20-21 txn t x -> ok x=2,");

    [Fact]
    public void Check_ItemTwice_IsFound() => Fails("*twice*", "a 1-2 txn t x=1 -> ok x=", "z 20-21 txn t x -> ok x=1,1,");

    [Fact]
    public void Check_OwnItemNotSeen_IsFound() => Fails("*without what it had appended*", "a 1-2 txn t x=1 x -> ok x= x=");

    [Fact]
    public void Check_ListThatChangesWithinATransaction_IsFound() => Fails("*changed within it*", "a 1-9 txn t x x -> ok x= x=1,", "b 2-3 txn t x=1 -> ok x=");

    private static Action Check(params string[] calls) => () => new TransactionCheck().Check(Told.By(calls));

    private static void Fails(string message, params string[] calls) => Check(calls).Should().Throw<LedgerViolationException>().WithMessage(message);
}
