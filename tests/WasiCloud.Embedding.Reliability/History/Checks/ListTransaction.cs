namespace WasiCloud.Embedding.Reliability.History.Checks;

/// <summary>A transaction on lists, as it was called: what it read and what it appended.</summary>
internal sealed class ListTransaction
{
    private readonly List<(string List, string[] Items)> _reads = [];
    private readonly List<(string List, string[] Items)> _appends = [];

    /// <param name="call">
    /// The call: <c>txn FOLDER LIST LIST=ITEM...</c>, with a result <c>LIST=ITEM,ITEM, ...</c> for each step that was made: what the list was before it.
    /// </param>
    /// <exception cref="LedgerViolationException">It did not see what it had itself written.</exception>
    public ListTransaction(Call call)
    {
        Call = call;
        var results = call.Result.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var own = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var (index, step) in call.Words.Skip(2).Index())
        {
            var (list, item) = Divide(step);
            var written = own.TryGetValue(list, out var before) ? before : own[list] = [];
            if (index < results.Length) AddRead(list, AppendCheck.ItemsOf(Divide(results[index]).Value), written);
            if (item.Length > 0) written.Add(item);
        }

        _appends.AddRange(own.Where(list => list.Value.Count > 0).Select(list => (Path(list.Key), list.Value.ToArray())));
    }

    public Call Call { get; }

    /// <summary>The lists as they were without its own items, once each.</summary>
    public IReadOnlyList<(string List, string[] Items)> Reads => _reads;

    /// <summary>What it appended to each list, in this order.</summary>
    public IReadOnlyList<(string List, string[] Items)> Appends => _appends;

    public override string ToString() => Call.ToString();

    private static (string Name, string Value) Divide(string step)
    {
        var equals = step.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (step, string.Empty) : (step[..equals], step[(equals + 1)..]);
    }

    private string Path(string list) => $"{Call.Key}/{list}";

    private void AddRead(string list, string[] items, List<string> written)
    {
        if (!items.AsSpan().EndsWith(written.ToArray())) throw new LedgerViolationException($"transactions: {list} without what it had appended to it: {this}");
        var others = items[..^written.Count];
        var (_, before) = _reads.Find(read => read.List == Path(list));
        if (before is null) _reads.Add((Path(list), others));
        else if (!before.SequenceEqual(others, StringComparer.Ordinal)) throw new LedgerViolationException($"transactions: {list} changed within it: {this}");
    }
}
