using System.Globalization;

namespace WasiCloud.Embedding.Reliability.History.Checks;

/// <summary>
/// Watches are whole: every change after the opening is told once, those of one commit together and with its version, in the order in which the commits were
/// made; nothing is told that was refused; and all watches tell the same. Each key is written once, and removed once at most.
/// </summary>
internal sealed class WatchCheck
{
    /// <summary>How many changes were looked at.</summary>
    public int Checked { get; private set; }

    /// <exception cref="LedgerViolationException">That does not hold.</exception>
    public void Check(RecordedHistory history)
    {
        Call[] puts = [.. history.Calls.Where(call => call.Kind == "put")];
        var byChange = puts.SelectMany(put => ChangesOf(put).Select(change => (change, put))).ToDictionary(pair => pair.change, pair => pair.put);
        foreach (var watch in history.Watches)
        {
            Checked += watch.Changes.Count;
            CheckSource(watch, byChange);
            CheckCommits(watch, puts);
            CheckOrder(watch, byChange);
        }

        foreach (var (index, watch) in history.Watches.Index()) CheckSame(watch, history.Watches.Skip(index + 1));
    }

    private static IEnumerable<(string Key, bool IsPut)> ChangesOf(Call put) =>
        put.Words.Skip(1).Select(word => word[0] == '-' ? (word[1..], false) : (word, true));

    private static void CheckSource(Watch watch, Dictionary<(string Key, bool IsPut), Call> byChange)
    {
        var seen = new HashSet<(string, bool)>();
        foreach (var change in watch.Changes.Where(change => change.Key != Watch.LastKey))
        {
            if (!byChange.TryGetValue((change.Key, change.IsPut), out var put)) throw Violation(watch, $"{change}, which nobody made");
            if (put.Outcome == Outcome.Refused) throw Violation(watch, $"{change}, which was refused: {put}");
            if (!seen.Add((change.Key, change.IsPut))) throw Violation(watch, $"{change} for the second time");
            if (change.IsPut && VersionOf(put) is var version and not 0 && version != change.Version)
                throw Violation(watch, $"{change}, and the version is another: {put}");
        }
    }

    private static void CheckCommits(Watch watch, Call[] puts)
    {
        var places = watch.Changes.Index().ToDictionary(change => (change.Item.Key, change.Item.IsPut), change => change.Index);
        var last = watch.Changes.Count > 0 ? watch.Changes[^1].Version : 0;
        foreach (var put in puts)
        {
            int[] found = [.. ChangesOf(put).Where(places.ContainsKey).Select(change => places[change]).Order()];
            var isBehind = watch.IsComplete || (VersionOf(put) is not 0 and var version && version < last);
            var isDue = put.Outcome == Outcome.Done && watch.Opened < put.Invoked && isBehind;
            if (found.Length == 0 && !isDue) continue;
            if (found.Length == 0) throw Violation(watch, $"it misses {put}");

            // The last changes of a watch that was killed may be a part of a commit.
            var isCut = !watch.IsComplete && found[^1] == watch.Changes.Count - 1;
            if (found.Length < put.Words.Length - 1 && !isCut) throw Violation(watch, $"it misses a part of {put}");
            if (found[^1] - found[0] != found.Length - 1 || found.Any(place => watch.Changes[place].Version != watch.Changes[found[0]].Version))
                throw Violation(watch, $"the changes of one commit are apart: {put}");
        }
    }

    private static void CheckOrder(Watch watch, Dictionary<(string Key, bool IsPut), Call> byChange)
    {
        foreach (var (first, second) in watch.Changes.Zip(watch.Changes.Skip(1)))
        {
            if (second.Version < first.Version) throw Violation(watch, $"{second} after {first}");
        }

        // From the end on: none was over before one in front of it began.
        Call? earliest = null;
        foreach (var change in Enumerable.Reverse(watch.Changes).Where(change => change.Key != Watch.LastKey))
        {
            var put = byChange[(change.Key, change.IsPut)];
            if (earliest?.IsBefore(put) == true) throw Violation(watch, $"{put} in front of {earliest}");
            if (earliest is null || put.Returned < earliest.Returned) earliest = put;
        }
    }

    // From where both have begun to where one has ended.
    private static void CheckSame(Watch watch, IEnumerable<Watch> others)
    {
        foreach (var other in others.Where(other => other.Changes.Count > 0 && watch.Changes.Count > 0))
        {
            var start = Math.Max(watch.Changes[0].Version, other.Changes[0].Version);
            foreach (var (one, two) in watch.Changes.Where(change => change.Version > start).Zip(other.Changes.Where(change => change.Version > start)))
            {
                if (one != two) throw Violation(watch, $"{one} where {other.Client} has {two}");
            }
        }
    }

    private static long VersionOf(Call put) => put.Outcome == Outcome.Done ? long.Parse(put.Result, CultureInfo.InvariantCulture) : 0;

    private static LedgerViolationException Violation(Watch watch, string what) => new($"watches: {watch.Client}: {what}");
}
