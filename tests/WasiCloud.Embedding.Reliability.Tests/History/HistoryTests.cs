using FluentAssertions;
using WasiCloud.Embedding.Reliability.History;
using WasiCloud.Embedding.Reliability.History.Faults;
using Xunit;

namespace WasiCloud.Embedding.Reliability.Tests.History;

/// <summary>
/// A short form of <c>WasiCloud.Embedding.Reliability history</c>, which lets 100 faults happen on each store: every kind of fault once, but for the longest.
/// </summary>
public sealed class HistoryTests
{
    private const int Seed = 7;
    private const int LongestFaultMilliseconds = 300;

    public static TheoryData<string> Stores => [.. HistoryStore.Names];

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Histories_OfTwoHostsUnderFaults_AreRight(string name)
    {
        await using var store = await HistoryStore.StartAsync(name);
        await using var run = new HistoryRun(store, Seed, LongestFaultMilliseconds);

        var report = await run.RunAsync(Nemesis.KindsOf(name).Where(kind => kind != FaultKind.PauseHostForLong));

        report.Registers.Should().BePositive();
        report.Transactions.Should().BePositive();
        report.Locks.Should().BePositive();
        report.Changes.Should().BePositive();
    }
}
