using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Reliability.History;
using Xunit;

namespace WasiCloud.Embedding.Reliability.Tests.History.Planted;

/// <summary>
/// The checks find what a store does wrong, in histories of real clients on two hosts that share it, and find nothing if it does nothing wrong.
/// </summary>
public sealed class PlantedBugTests
{
    private const int Seed = 7;
    private const int Lines = 5_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Histories_OfAStoreThatIsRight_AreRight()
    {
        var report = await RunAsync(PlantedBug.None);

        report.Unknown.Should().Be(0);
        new[] { report.Registers, report.Appends, report.Transactions, report.Locks, report.Changes }.Should().OnlyContain(count => count > 100);
    }

    [Theory]
    [InlineData(PlantedBug.LosesWrite, "registers:*")]
    [InlineData(PlantedBug.AppliesWriteTwice, "registers:*")]
    [InlineData(PlantedBug.AppliesRefusedLater, "registers:*")]
    [InlineData(PlantedBug.ReadsStale, "registers:*")]
    [InlineData(PlantedBug.IgnoresCondition, "registers:*")]
    [InlineData(PlantedBug.LosesAppend, "appends:*")]
    [InlineData(PlantedBug.AppendsTwice, "appends:*")]
    [InlineData(PlantedBug.TearsTransaction, "transactions:*")]
    [InlineData(PlantedBug.AllowsWriteSkew, "transactions:*")]
    [InlineData(PlantedBug.ReadsTransactionStale, "transactions:*")]
    [InlineData(PlantedBug.AppliesRefusedTransaction, "transactions:*")]
    [InlineData(PlantedBug.GivesLockToTwo, "locks:*")]
    [InlineData(PlantedBug.LetsTokenGoBack, "locks:*went back*")]
    [InlineData(PlantedBug.LosesChange, "watches:*misses*")]
    [InlineData(PlantedBug.RepeatsChange, "watches:*second time*")]
    [InlineData(PlantedBug.ReordersChanges, "watches:*")]
    [InlineData(PlantedBug.TearsChanges, "watches:*misses a part*")]
    public async Task Histories_OfAStoreWithABug_AreFoundOut(PlantedBug bug, string message) =>
        (await FluentActions.Awaiting(() => RunAsync(bug)).Should().ThrowAsync<LedgerViolationException>()).WithMessage(message);

    private static async Task<HistoryReport> RunAsync(PlantedBug bug)
    {
        var store = new PlantedBackend(bug);
        var clock = SharedClock.Agree();
        var recorder = new HistoryRecorder();
        var hosts = new List<HistoryHost>();
        try
        {
            hosts.Add(await HistoryHost.CreateAsync(scope => scope.UseBackend(_ => store), "h0", clock, recorder.Add));
            hosts.Add(await HistoryHost.CreateAsync(scope => scope.UseBackend(_ => store), "h1", clock, recorder.Add));
            var running = hosts.Index().Select(host => host.Item.Start(Seed + host.Index, pace: 1)).ToArray();

            // Both watches are open.
            await recorder.WaitAsync(hosts.Count, Patience);
            foreach (var host in hosts) await host.GoOnAsync("1");
            await recorder.WaitAsync(Lines, Patience);
            foreach (var host in hosts) await host.EndAsync();
            await Task.WhenAll(running.Select(host => host.Callers)).WaitAsync(Patience);
            await store.CommitAsync(new KeyValueBatch(KeyValueOperation.Put(Watch.LastKey, default)), CancellationToken.None);
            await Task.WhenAll(running.Select(host => host.Watch)).WaitAsync(Patience);
            return await HistoryReport.CheckAsync(recorder.Lines, store, clock);
        }
        finally
        {
            foreach (var host in hosts) await host.DisposeAsync();
        }
    }
}
