using System.Text;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Reliability.History.Checks;

namespace WasiCloud.Embedding.Reliability.History;

/// <summary>What was looked at, and found to be right.</summary>
/// <param name="Calls">All calls.</param>
/// <param name="Unknown">Those whose outcome nobody was told.</param>
/// <param name="Registers">Calls on registers.</param>
/// <param name="Appends">Calls on appended lists.</param>
/// <param name="Transactions">Transactions.</param>
/// <param name="Locks">Locks that were taken.</param>
/// <param name="Changes">Changes that watches told.</param>
internal sealed record HistoryReport(int Calls, int Unknown, int Registers, int Appends, int Transactions, int Locks, int Changes)
{
    /// <summary>Reads everything as it is at the end, and checks.</summary>
    /// <param name="lines">What the clients have told.</param>
    /// <param name="store">The store.</param>
    /// <param name="clock">The clock of all clients.</param>
    /// <param name="settles">After which time, in nanoseconds, an outcome that a client was told is unknown is decided.</param>
    /// <exception cref="LedgerViolationException">Something that was promised did not hold.</exception>
    public static async Task<HistoryReport> CheckAsync(IEnumerable<string> lines, IKeyValueBackend store, SharedClock clock, long settles = Call.Never)
    {
        var history = RecordedHistory.Read(lines, settles);
        await ObserveAsync(history, store, clock);
        var (registers, appends, transactions) = (new RegisterCheck(), new AppendCheck(), new TransactionCheck());
        var (locks, watches) = (new LockCheck(), new WatchCheck());
        registers.Check(history);
        appends.Check(history);
        transactions.Check(history);
        locks.Check(history);
        watches.Check(history);
        var unknown = history.Calls.Count(call => call.Outcome == Outcome.Unknown);
        return new HistoryReport(history.Calls.Count, unknown, registers.Checked, appends.Checked, transactions.Checked, locks.Checked, watches.Checked);
    }

    public override string ToString() => FormattableString.Invariant(
        $"{Calls} calls, {Unknown} unknown ({Registers} on registers, {Appends} on lists, {Transactions} transactions, {Locks} locks), {Changes} changes");

    private static async Task ObserveAsync(RecordedHistory history, IKeyValueBackend store, SharedClock clock)
    {
        var transactions = history.ByKey("txn").SelectMany(calls => calls);
        var lists = transactions.SelectMany(call => call.Words.Skip(2).Select(step => (Folder: call.Key, List: step.Split('=')[0]))).Distinct().ToArray();
        await ObserveAsync("read", "-", history.ByKey("read", "write", "create", "swap", "remove"));
        await ObserveAsync("list", string.Empty, history.ByKey("append", "list"));
        await ObserveAsync("look", "-", history.ByKey("look", "set"));
        foreach (var (folder, list) in lists) history.Add(await CallAsync(["txn", folder, list], $"{folder}/{list}", list + "=", list + "="));

        async Task ObserveAsync(string kind, string absent, IEnumerable<IGrouping<string, Call>> keys)
        {
            foreach (var key in keys.Select(calls => calls.Key).ToArray()) history.Add(await CallAsync([kind, key], key, absent));
        }

        async Task<Call> CallAsync(string[] words, string key, string absent, string before = "")
        {
            var invoked = clock.Nanoseconds;
            var entry = await store.GetAsync(key, int.MaxValue, CancellationToken.None);
            var result = entry?.Value is { } value ? before + Encoding.UTF8.GetString(value.Span) : absent;
            return new Call(HistoryRun.Observer, invoked, clock.Nanoseconds, words, Outcome.Done, Result: result);
        }
    }
}
