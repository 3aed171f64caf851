using FluentAssertions;
using WasiCloud.Embedding.Engine;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine;

public class MappingBudgetTests
{
    [Theory]
    [InlineData(6_000, false, 5_000)]
    [InlineData(10_000, true, 5_000)]
    [InlineData(1, false, 65_520)]
    public void Check_GuestsThatFit_Passes(int guests, bool onFibers, long used) =>
        Invoking(guests, onFibers, 65_530, used).Should().NotThrow();

    [Theory]
    [InlineData(6_600, false, 0, "*6600*may take 66000 memory mappings*has 0*allows it 65530*vm.max_map_count*")]
    [InlineData(10_000, true, 6_000, "*10000*may take 60000*has 6000*")]
    [InlineData(1, false, 65_521, "*may take 10 *")]
    public void Check_GuestsThatDoNotFit_SaysWhatToChange(int guests, bool onFibers, long used, string message) =>
        Invoking(guests, onFibers, 65_530, used).Should().Throw<InvalidOperationException>().WithMessage(message);

    [Fact]
    public void Engine_OfThisProcess_IsChecked()
    {
        var limit = long.Parse(File.ReadAllText("/proc/sys/vm/max_map_count"), System.Globalization.CultureInfo.InvariantCulture);

        FluentActions.Invoking(() => new WasmEngine(new EngineSettings(1 << 20, 10, 64 << 10, (int)Math.Min(int.MaxValue, limit)))).Should().Throw<InvalidOperationException>().WithMessage("*vm.max_map_count*");
    }

    private static Action Invoking(int guests, bool onFibers, long limit, long used) =>
        () => MappingBudget.Check(new EngineSettings(1 << 20, 10, 64 << 10, guests, WantsFibers: onFibers), limit, used);
}
