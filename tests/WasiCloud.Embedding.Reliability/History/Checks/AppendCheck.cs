namespace WasiCloud.Embedding.Reliability.History.Checks;

/// <summary>
/// What concurrent clients appended is all kept, once, and in an order that the calls allow: each acknowledged item is in the list that was read at the end, no
/// refused one is, one of unknown outcome at most once; every list that was read in between is how that list began; and nothing was there before it was
/// appended, or was missing afterwards. Items are unique.
/// </summary>
internal sealed class AppendCheck
{
    /// <summary>How many calls were looked at.</summary>
    public int Checked { get; private set; }

    /// <exception cref="LedgerViolationException">That does not hold.</exception>
    public void Check(RecordedHistory history)
    {
        foreach (var calls in history.ByKey("append", "list")) CheckKey(calls.Key, [.. calls]);
    }

    /// <summary>The items of a list as it is stored: each with a comma after it.</summary>
    public static string[] ItemsOf(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries);

    private void CheckKey(string key, Call[] calls)
    {
        Checked += calls.Length;
        Call[] reads = [.. calls.Where(call => call is { Kind: "list", Outcome: Outcome.Done }).OrderBy(call => call.Invoked)];
        if (reads.Length == 0) return;
        var final = ItemsOf(reads.MaxBy(call => call.Returned)!.Result);
        var appends = calls.Where(call => call.Kind == "append").ToDictionary(call => call.Words[2], StringComparer.Ordinal);
        CheckFinal(key, final, appends);
        CheckOrder(key, final, appends);
        foreach (var read in reads) CheckRead(read, final, appends);

        // Sorted by their beginnings: a list never becomes shorter from one read to the next that begins after it.
        foreach (var (index, read) in reads.Index())
        {
            var longer = reads.Take(index).FirstOrDefault(before => before.IsBefore(read) && before.Result.Length > read.Result.Length);
            if (longer is not null) throw Violation(key, $"{read} is older than {longer}");
        }
    }

    private static void CheckFinal(string key, string[] final, Dictionary<string, Call> appends)
    {
        var twice = final.GroupBy(item => item, StringComparer.Ordinal).FirstOrDefault(items => items.Skip(1).Any());
        if (twice is not null) throw Violation(key, $"{twice.Key} is there {twice.Count()} times");
        foreach (var item in final)
        {
            if (!appends.TryGetValue(item, out var append)) throw Violation(key, $"{item} is there, which nobody appended");
            if (append.Outcome == Outcome.Refused) throw Violation(key, $"it is there, and was refused: {append}");
        }

        var present = final.ToHashSet(StringComparer.Ordinal);
        if (appends.Values.FirstOrDefault(append => append.Outcome == Outcome.Done && !present.Contains(append.Words[2])) is { } lost)
            throw Violation(key, $"it is lost: {lost}");
    }

    // From the end on: none may have been over before one in front of it began.
    private static void CheckOrder(string key, string[] final, Dictionary<string, Call> appends)
    {
        Call? first = null;
        foreach (var append in final.Reverse().Select(item => appends[item]))
        {
            if (first?.IsBefore(append) == true) throw Violation(key, $"{append} is in front of {first}");
            if (first is null || append.Returned < first.Returned) first = append;
        }
    }

    private static void CheckRead(Call read, string[] final, Dictionary<string, Call> appends)
    {
        var items = ItemsOf(read.Result);
        if (!final.AsSpan().StartsWith(items)) throw Violation(read.Key, $"the list did not begin so: {read}");
        foreach (var item in items)
        {
            if (read.IsBefore(appends[item])) throw Violation(read.Key, $"{read} has what was appended later: {appends[item]}");
        }

        foreach (var item in final.Skip(items.Length))
        {
            if (appends[item].IsBefore(read)) throw Violation(read.Key, $"{read} misses {appends[item]}");
        }
    }

    private static LedgerViolationException Violation(string key, string what) => new($"appends: {key}: {what}");
}
