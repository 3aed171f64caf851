using FluentAssertions;
using WasiCloud.Embedding.Reliability.History.Checks;
using Xunit;

namespace WasiCloud.Embedding.Reliability.Tests.History.Checks;

public sealed class AppendCheckTests
{
    [Fact]
    public void Check_WhatHappened_Passes() => Check(
        "a 1-5 append k 1 -> ok", "b 2-4 append k 2 -> ok", "a 6-7 list k -> ok 2,1,", "a 8-. append k 3", "b 8-9 append k 4 -> refused EAGAIN",
        "b 10-11 append k 5 -> unknown",
        "c 12-13 list k -> ok 2,1,5,").Should().NotThrow();

    [Fact]
    public void Check_LostItem_IsFound() => Fails("*is lost*", "a 1-2 append k 1 -> ok", "b 3-4 append k 2 -> ok", "a 5-6 list k -> ok 2,");

    [Fact]
    public void Check_ItemTwice_IsFound() => Fails("*2 times*", "a 1-2 append k 1 -> unknown", "a 5-6 list k -> ok 1,1,");

    [Fact]
    public void Check_RefusedItem_IsFound() => Fails("*was refused*", "a 1-2 append k 1 -> refused EAGAIN", "a 5-6 list k -> ok 1,");

    [Fact]
    public void Check_ItemOfNobody_IsFound() => Fails("*nobody appended*", "a 5-6 list k -> ok 1,");

    [Fact]
    public void Check_ItemsInTheWrongOrder_AreFound() => Fails("*in front of*", "a 1-2 append k 1 -> ok", "b 3-4 append k 2 -> ok", "a 5-6 list k -> ok 2,1,");

    [Fact]
    public void Check_ListThatBeganDifferently_IsFound() =>
        Fails("*did not begin so*", "a 1-5 append k 1 -> ok", "b 1-6 append k 2 -> ok", "a 7-8 list k -> ok 1,", "a 9-10 list k -> ok 2,1,");

    [Fact]
    public void Check_StaleList_IsFound()
    {
        Fails("*misses*", "a 1-2 append k 1 -> ok", "b 3-4 list k -> ok ", "a 5-6 list k -> ok 1,");
        Fails("*is older than*", "a 1-9 append k 1 -> ok", "b 2-3 list k -> ok 1,", "b 4-5 list k -> ok ", "a 10-11 list k -> ok 1,");
    }

    [Fact]
    public void Check_ListFromTheFuture_IsFound() => Fails("*appended later*", "b 1-2 list k -> ok 1,", "a 3-4 append k 1 -> ok", "a 5-6 list k -> ok 1,");

    private static Action Check(params string[] calls) => () => new AppendCheck().Check(Told.By(calls));

    private static void Fails(string message, params string[] calls) => Check(calls).Should().Throw<LedgerViolationException>().WithMessage(message);
}
