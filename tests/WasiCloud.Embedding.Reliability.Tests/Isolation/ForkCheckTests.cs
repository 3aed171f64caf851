using FluentAssertions;
using WasiCloud.Embedding.Reliability.Isolation;
using Xunit;

namespace WasiCloud.Embedding.Reliability.Tests.Isolation;

public sealed class ForkCheckTests
{
    [Fact]
    public void Check_StatesOfOneOrder_Passes() =>
        FluentActions.Invoking(() => ForkCheck.Check([[2, 3], [0, 0], [2, 1], [2, 1], [1, 1]])).Should().NotThrow();

    [Fact]
    public void Check_TwoStatesNeitherOfWhichCameFirst_IsAFork() =>
        FluentActions.Invoking(() => ForkCheck.Check([[0, 0], [1, 0], [0, 1], [1, 1]])).Should().Throw<LedgerViolationException>();

    [Fact]
    public void Check_ForkWithDifferentSums_IsAFork() =>
        FluentActions.Invoking(() => ForkCheck.Check([[5, 0], [3, 1]])).Should().Throw<LedgerViolationException>();
}
