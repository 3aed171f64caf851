using WasiCloud.Embedding.Reliability.History;

namespace WasiCloud.Embedding.Reliability.Tests.History.Checks;

/// <summary>Histories as the clients tell them, written down: <c>client begin-end call -> outcome result</c>, with times as small numbers.</summary>
internal static class Told
{
    /// <summary>Reads a history. A call that ended at <c>.</c> was never told of.</summary>
    public static RecordedHistory By(params string[] calls)
    {
        var history = RecordedHistory.Read(calls.Where(call => call.Split(' ')[1] == "watch").SelectMany(WatchLines));
        foreach (var call in calls.Where(call => call.Split(' ')[1] != "watch")) history.Add(Read(call));
        return history;
    }

    private static Call Read(string text)
    {
        var (call, told) = text.Split(" -> ") switch
        {
            [var only] => (only.Split(' '), "unknown"),
            [var first, var second] => (first.Split(' '), second),
            _ => throw new ArgumentException(text, nameof(text)),
        };
        var times = call[1].Split('-');
        var lines = new List<string> { $"{call[0]} {times[0]} invoke {string.Join(' ', call.Skip(2))}" };
        if (times[1] != ".") lines.Add($"{call[0]} {times[1]} {told}");
        return RecordedHistory.Read(lines).Calls.Single();
    }

    // client watch OPENED [+key@version | -key@version]...
    private static IEnumerable<string> WatchLines(string text)
    {
        var words = text.Split(' ');
        yield return $"{words[0]} {words[2]} opened";
        foreach (var change in words.Skip(3))
        {
            var parts = change[1..].Split('@');
            var type = change[0] == '+' ? "put" : "delete";
            yield return $$"""{{words[0]}} {{words[2]}} change {"key":"{{parts[0]}}","type":"{{type}}","version":{{parts[1]}}}""";
        }
    }
}
