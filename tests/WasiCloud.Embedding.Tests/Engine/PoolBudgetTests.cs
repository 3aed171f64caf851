using FluentAssertions;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Preview1;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine;

public class PoolBudgetTests
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
    public void Check_MoreAddressesThanTheProcessMayHave_SaysWhatToChange() =>
        FluentActions.Invoking(() => (Plenty() with { AddressBytes = 1 << 30, UsedAddressBytes = 1 << 20 })
            .Check(Settings(3), hasFibers: false, addressBytes: 1 << 30))
            .Should().Throw<InvalidOperationException>()
                .WithMessage("MaxConcurrentInvocations is 3, which may take 1073741824 bytes of addresses; this process has 1048576, and may have " +
                "1073741824*ulimit -v*");

    [Fact]
    public void Check_MoreMemoryThanTheProcessMayUse_SaysWhatToChange() =>
        FluentActions.Invoking(() => (Plenty() with { MemoryBytes = 3 << 16 }).Check(Settings(4), hasFibers: true, addressBytes: 0))
            .Should().Throw<InvalidOperationException>().WithMessage("MaxConcurrentInvocations is 4, which may take 262144 bytes of memory*may use 196608*");

    [Fact]
    public void Engine_OfThisProcess_IsChecked()
    {
        var limit = long.Parse(File.ReadAllText("/proc/sys/vm/max_map_count"), System.Globalization.CultureInfo.InvariantCulture);

        FluentActions.Invoking(() => new WasmEngine(new EngineSettings(1 << 20, 10, 64 << 10, (int)Math.Min(int.MaxValue, limit)), Preview1Functions.Table))
            .Should().Throw<InvalidOperationException>().WithMessage("*vm.max_map_count*");
    }

    private static Action Invoking(int guests, bool onFibers, long limit, long used) =>
        () => Plenty(limit, used).Check(Settings(guests), onFibers, addressBytes: 0);

    private static EngineSettings Settings(int guests) => new(1 << 20, 10, 64 << 10, guests);

    private static PoolBudget Plenty(long mappings = long.MaxValue, long usedMappings = 0) =>
        new(mappings, usedMappings, AddressBytes: long.MaxValue, UsedAddressBytes: 0, MemoryBytes: long.MaxValue);
}
