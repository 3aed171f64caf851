using System.Globalization;

namespace WasiCloud.Embedding.Reliability.History.Checks;

/// <summary>
/// Locks exclude: what holders did to the number that the lock protects (read it, and write one more with the lock's token) is what they would have done one
/// after the other, in the order of their tokens, and a write of unknown outcome is decided when the next holder has looked. Tokens are never given twice, and
/// a later holder's is higher. No holder reads that it holds a lock when another has taken it since. What a holder read proves nothing unless it was told
/// afterwards that it holds the lock still: one that stood still for longer than its lease reads what the next ones wrote.
/// </summary>
internal sealed class LockCheck
{
    private const string Absent = "-";

    /// <summary>How many times a lock was taken.</summary>
    public int Checked { get; private set; }

    /// <exception cref="LedgerViolationException">That does not hold.</exception>
    public void Check(RecordedHistory history)
    {
        var final = history.ByKey("look").ToDictionary(looks => looks.Key, looks => looks.MaxBy(look => look.Returned)!, StringComparer.Ordinal);
        foreach (var sections in SectionsOf(history).GroupBy(section => section.Key, StringComparer.Ordinal))
        {
            Section[] ordered = [.. sections.OrderBy(section => section.Token)];
            Checked += ordered.Length;
            CheckTokens(ordered);
            CheckValues(ordered, final.GetValueOrDefault(sections.Key));
        }
    }

    private static void CheckTokens(Section[] sections)
    {
        foreach (var (first, second) in sections.Zip(sections.Skip(1)))
        {
            if (first.Token == second.Token) throw Violation($"one token for two: {first.Take} and {second.Take}");
        }

        // From the end on: none with a higher token was over before it began, nor before it was still held.
        Call? earliest = null;
        foreach (var section in sections.Reverse())
        {
            if (earliest?.IsBefore(section.Take) == true) throw Violation($"the token went back: {earliest} and then {section.Take}");
            if (section.Held is { Outcome: Outcome.Done } held && earliest?.IsBefore(held) == true) throw Violation($"two hold it: {earliest} and yet {held}");
            if (earliest is null || section.Take.Returned < earliest.Returned) earliest = section.Take;
        }
    }

    private static void CheckValues(Section[] sections, Call? final)
    {
        HashSet<string> possible = [Absent];
        foreach (var section in sections)
        {
            if (section.LookWhileHeld is { } look) Narrow(look);
            if (section.Set is not { } set) continue;
            if (set.Outcome == Outcome.Done) possible.Clear();
            if (set.Outcome != Outcome.Refused) possible.Add(set.Words[2]);
        }

        if (final is { Client: HistoryRun.Observer }) Narrow(final);

        void Narrow(Call look)
        {
            if (!possible.Contains(look.Result))
            {
                var calls = sections.SelectMany(section => section.Calls).OrderBy(call => call.Invoked);
                throw Violation($"{look.Key} can only be {string.Join(" or ", possible)}: {look}\n{string.Join('\n', calls)}");
            }

            possible = [look.Result];
        }
    }

    // What a client did from each lock that it took to the next.
    private static IEnumerable<Section> SectionsOf(RecordedHistory history)
    {
        var byClient = history.ByKey("take", "look", "held", "set").SelectMany(calls => calls).GroupBy(call => call.Client, StringComparer.Ordinal);
        foreach (var calls in byClient)
        {
            Section? section = null;
            foreach (var call in calls.OrderBy(call => call.Invoked))
            {
                if (call.Kind == "take")
                {
                    if (section is not null) yield return section;
                    section = call.Outcome == Outcome.Done ? new Section(call) : null;
                }
                else if (section is not null)
                {
                    section.Add(call);
                }
            }

            if (section is not null) yield return section;
        }
    }

    private static LedgerViolationException Violation(string what) => new($"locks: {what}");

    private sealed class Section(Call take)
    {
        public Call Take => take;

        public string Key => take.Key;

        public long Token { get; } = long.Parse(take.Result, CultureInfo.InvariantCulture);

        public Call? Look { get; private set; }

        public Call? Held { get; private set; }

        public Call? LookWhileHeld => Look is { Outcome: Outcome.Done } look && Held is { Outcome: Outcome.Done } ? look : null;

        public Call? Set { get; private set; }

        public IEnumerable<Call> Calls => new[] { Take, Look, Held, Set }.OfType<Call>();

        public void Add(Call call)
        {
            if (call.Kind == "look") Look = call;
            else if (call.Kind == "held") Held = call;
            else Set = call;
        }
    }
}
