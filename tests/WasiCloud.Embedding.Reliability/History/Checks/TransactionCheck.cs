namespace WasiCloud.Embedding.Reliability.History.Checks;

/// <summary>
/// Transactions are strictly serializable: there is one order of them, in which none comes before what was over when it began, that explains all that they
/// read; those that were refused have read what was there at one moment of it, and written nothing. The way of Elle (Kingsbury, Alvaro: Inferring Isolation
/// Anomalies from Experimental Observations, 2020): items are unique and appended to lists, so that each list tells the order of those who wrote it, and an
/// order is impossible exactly if what must come before what goes round in a circle.
/// </summary>
internal sealed class TransactionCheck
{
    private readonly Dictionary<string, string[]> _lists = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ListTransaction> _writers = new(StringComparer.Ordinal);
    private ListTransaction[] _transactions = [];

    /// <summary>How many transactions were looked at.</summary>
    public int Checked => _transactions.Length;

    /// <exception cref="LedgerViolationException">There is no such order.</exception>
    public void Check(RecordedHistory history)
    {
        _transactions = [.. history.ByKey("txn").SelectMany(calls => calls).Select(call => new ListTransaction(call))];
        foreach (var transaction in _transactions)
        {
            foreach (var item in transaction.Appends.SelectMany(append => append.Items)) _writers.Add(item, transaction);
        }

        foreach (var (list, items) in _transactions.SelectMany(transaction => transaction.Reads)) Extend(list, items);
        foreach (var (list, items) in _lists) CheckItems(list, items);
        foreach (var transaction in _transactions) CheckAppends(transaction);
        CheckCircles();
    }

    // All that was ever read of a list is how the longest of it begins.
    private void Extend(string list, string[] items)
    {
        var known = _lists.GetValueOrDefault(list, []);
        var (shorter, longer) = items.Length > known.Length ? (known, items) : (items, known);
        if (!longer.AsSpan().StartsWith(shorter)) throw Violation($"{list} was both {string.Join(',', known)} and {string.Join(',', items)}");
        _lists[list] = longer;
    }

    private void CheckItems(string list, string[] items)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            if (!seen.Add(item)) throw Violation($"{item} is twice in {list}");
            if (!_writers.TryGetValue(item, out var writer)) throw Violation($"{item} is in {list}, and nobody appended it");
            if (writer.Call.Outcome == Outcome.Refused) throw Violation($"{item} is in {list}, and was refused: {writer}");
        }
    }

    // All of it is there, together, or nothing.
    private void CheckAppends(ListTransaction transaction)
    {
        var isThere = transaction.Call.Outcome == Outcome.Done || transaction.Appends.Any(append => append.Items.Any(Items(append.List).Contains));
        if (!isThere) return;
        foreach (var (list, items) in transaction.Appends)
        {
            if (Items(list).AsSpan().IndexOf(items) < 0) throw Violation($"{list} does not have all that was committed: {transaction}");
        }
    }

    private string[] Items(string list) => _lists.GetValueOrDefault(list, []);

    private void CheckCircles()
    {
        // Of unknown outcome, and nobody has seen anything of it: nothing happened that anybody could tell.
        ListTransaction[] nodes = [.. _transactions.Where(IsSeen)];
        var graph = new PrecedenceGraph(nodes.Length);
        var numbers = nodes.Index().ToDictionary(node => node.Item, node => node.Index);
        foreach (var (number, node) in nodes.Index())
        {
            foreach (var (list, items) in node.Reads) AddRead(graph, numbers, number, list, items);
            foreach (var (list, items) in node.Call.Outcome == Outcome.Refused ? [] : node.Appends) AddWrite(graph, numbers, number, list, items);
        }

        graph.AddTimes([.. nodes.Select(node => (node.Call.Invoked, node.Call.Returned))]);
        if (graph.FindCircle() is not { } circle) return;
        throw Violation("goes round in a circle:\n" + string.Join('\n', circle.Select(edge => $"  {nodes[edge.From]}\n    {edge.Why}")));
    }

    private bool IsSeen(ListTransaction transaction) =>
        transaction.Call.Outcome != Outcome.Unknown || transaction.Appends.Any(append => Items(append.List).Contains(append.Items[0]));

    private void AddRead(PrecedenceGraph graph, Dictionary<ListTransaction, int> numbers, int reader, string list, string[] items)
    {
        var all = _lists[list];
        if (items.Length > 0)
        {
            var writer = _writers[items[^1]];
            if (writer.Appends.First(append => append.List == list).Items[^1] != items[^1]) throw Violation($"{list} was read in the middle of {writer}");
            graph.Add(numbers[writer], reader, "wrote what was read by");
        }

        if (items.Length < all.Length) graph.Add(reader, numbers[_writers[all[items.Length]]], "did not see what was written by");
    }

    private void AddWrite(PrecedenceGraph graph, Dictionary<ListTransaction, int> numbers, int writer, string list, string[] items)
    {
        var all = _lists[list];
        var end = all.AsSpan().IndexOf(items) + items.Length;
        if (end < all.Length) graph.Add(writer, numbers[_writers[all[end]]], "wrote before");
    }

    private static LedgerViolationException Violation(string what) => new($"transactions: {what}");
}
