using System.Globalization;
using System.Text.Json;

namespace WasiCloud.Embedding.Reliability.History;

/// <summary>What all clients of a run have told, as calls and watches.</summary>
internal sealed class RecordedHistory
{
    /// <summary>What is written down of a host, with the time: the clients whose names begin with its own and a dot will tell nothing more.</summary>
    public const string Killed = "killed";

    // One that succeeds of each check's calls.
    private static readonly string[] s_kinds = ["read", "append", "txn", "take"];

    private readonly Dictionary<string, long> _killed = new(StringComparer.Ordinal);
    private readonly List<Call> _calls = [];
    private readonly List<Watch> _watches = [];

    /// <summary>All calls, in no order.</summary>
    public IReadOnlyList<Call> Calls => _calls;

    /// <summary>All watches.</summary>
    public IReadOnlyList<Watch> Watches => _watches;

    /// <summary>Whether there is something for each check to look at.</summary>
    public bool HasAllKinds =>
        _watches.Exists(watch => watch.Changes.Count > 0)
        && s_kinds.All(kind => _calls.Exists(call => call.Kind == kind && call.Outcome == Outcome.Done));

    /// <summary>Reads what <c>guests/c/history.c</c> has written.</summary>
    /// <param name="lines">The lines; those of one client are in their order.</param>
    /// <param name="settles">
    /// After which time, in nanoseconds, an unknown outcome is decided: what has not happened by then never will. <see cref="Call.Never"/> if nobody promises
    /// that.
    /// </param>
    public static RecordedHistory Read(IEnumerable<string> lines, long settles = Call.Never)
    {
        var history = new RecordedHistory();
        var clients = lines.Select(line => line.Split(' ', 4)).ToLookup(parts => parts[0], StringComparer.Ordinal);
        foreach (var host in clients.Where(lines => lines.First()[2] == Killed)) history._killed[host.Key] = Time(host.First());
        foreach (var client in clients.Where(client => !history._killed.ContainsKey(client.Key))) history.AddClient(client.Key, client, settles);
        return history;
    }

    /// <summary>Adds what somebody saw who is no client.</summary>
    public void Add(Call call) => _calls.Add(call);

    /// <summary>All calls of some kinds, by their key.</summary>
    public IEnumerable<IGrouping<string, Call>> ByKey(params string[] kinds) =>
        _calls.Where(call => kinds.Contains(call.Kind, StringComparer.Ordinal)).GroupBy(call => call.Key, StringComparer.Ordinal);

    private void AddClient(string client, IEnumerable<string[]> lines, long settles)
    {
        (long Time, string[] Words)? begun = null;
        foreach (var line in lines)
        {
            var (time, rest) = (Time(line), line.Length > 3 ? line[3] : string.Empty);
            switch (line[2])
            {
                case "invoke":
                    if (begun is not null) throw new LedgerViolationException($"{client} began a call within another: {rest}");
                    begun = (time, rest.Split(' '));
                    break;
                case "opened":
                    _watches.Add(new Watch(client, time));
                    break;
                case "change":
                    _watches[^1].Changes.Add(ReadChange(rest));
                    break;
                case "lost":
                    throw new LedgerViolationException($"{client}: a watch was told that changes are lost.");
                default:
                    var (invoked, words) = begun ?? throw new LedgerViolationException($"{client} ended a call that it had not begun: {line[2]} {rest}");
                    _calls.Add(End(client, invoked, time, words, line[2], rest, settles));
                    begun = null;
                    break;
            }
        }

        // Its host was killed in the middle of it.
        if (begun is not var (last, call)) return;
        var decided = settles < Call.Never && _killed.TryGetValue(client.Split('.')[0], out var killed) ? killed + settles : Call.Never;
        _calls.Add(new Call(client, last, decided, call, Outcome.Unknown));
    }

    private static long Time(string[] line) => long.Parse(line[1], CultureInfo.InvariantCulture);

    private static Call End(string client, long invoked, long returned, string[] words, string outcome, string rest, long settles)
    {
        switch (outcome)
        {
            case "ok":
                return new Call(client, invoked, returned, words, Outcome.Done, Result: rest);
            case "refused":
                var space = rest.IndexOf(' ', StringComparison.Ordinal);
                var (error, result) = space < 0 ? (rest, string.Empty) : (rest[..space], rest[(space + 1)..]);
                return new Call(client, invoked, returned, words, Outcome.Refused, error, result);
            case "unknown":
                return new Call(client, invoked, settles == Call.Never ? Call.Never : returned + settles, words, Outcome.Unknown);
            default:
                throw new LedgerViolationException($"{client}: '{outcome}' is no outcome.");
        }
    }

    private static WatchedChange ReadChange(string json)
    {
        using var document = JsonDocument.Parse(json);
        var change = document.RootElement;
        var isPut = change.GetProperty("type").GetString() == "put";
        return new WatchedChange(change.GetProperty("key").GetString()!, isPut, change.GetProperty("version").GetInt64());
    }
}
