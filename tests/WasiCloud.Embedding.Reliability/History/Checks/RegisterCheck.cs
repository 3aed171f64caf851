namespace WasiCloud.Embedding.Reliability.History.Checks;

/// <summary>
/// Registers are linearizable: each call on a key took effect at one moment between its beginning and its end, or, if its outcome is unknown, at any moment
/// after its beginning or never; one that was refused says something of the value, and never took effect. Every written value is written once.
/// </summary>
/// <param name="maxEffort">How many moments are tried for one key before the check fails because it cannot tell.</param>
internal sealed class RegisterCheck(long maxEffort = 5_000_000)
{
    private const string Absent = "-";

    private static readonly string[] s_kinds = ["read", "write", "create", "swap", "remove"];

    /// <summary>How many calls were looked at.</summary>
    public int Checked { get; private set; }

    /// <exception cref="LedgerViolationException">A key has no such order, or none was found in time.</exception>
    public void Check(RecordedHistory history)
    {
        foreach (var calls in history.ByKey(s_kinds)) CheckKey(calls.Key, [.. calls]);
    }

    private void CheckKey(string key, Call[] calls)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal) { [Absent] = 0 };
        RegisterStep[] steps = [.. calls.SelectMany(call => StepsOf(call, numbers)).OrderBy(step => step.Call.Invoked)];
        Checked += steps.Length;
        var search = new RegisterSearch(steps, maxEffort);
        switch (search.Run())
        {
            case RegisterSearch.Verdict.Linearizable:
                return;
            case RegisterSearch.Verdict.GaveUp:
                throw new LedgerViolationException($"registers: the check of {key} gave up, {steps.Length} calls.");
            default:
                throw new LedgerViolationException($"registers: {key} is not linearizable:\n{string.Join('\n', search.Explain())}");
        }
    }

    private static IEnumerable<RegisterStep> StepsOf(Call call, Dictionary<string, int> numbers)
    {
        int Number(string value) => numbers.TryGetValue(value, out var number) ? number : numbers[value] = numbers.Count;
        RegisterStep? step = (call.Kind, call.Outcome, call.Error) switch
        {
            ("read", Outcome.Done, _) => new(call, RegisterCondition.Equal, Number(call.Result), null),
            ("write", not Outcome.Refused, _) => new(call, RegisterCondition.None, 0, Number(call.Words[2])),
            ("create", not Outcome.Refused, _) => new(call, RegisterCondition.Equal, 0, Number(call.Words[2])),
            ("create", _, "EEXIST") => new(call, RegisterCondition.Different, 0, null),
            ("swap", not Outcome.Refused, _) => new(call, RegisterCondition.Equal, Number(call.Words[2]), Number(call.Words[3])),
            ("swap", _, "ESTALE") => new(call, RegisterCondition.Different, Number(call.Words[2]), null),
            ("remove", not Outcome.Refused, _) => new(call, RegisterCondition.Different, 0, 0),
            ("remove", _, "ENOENT") => new(call, RegisterCondition.Equal, 0, null),

            // Says nothing of the value. If it was a write, nobody may see it, as nobody else writes that.
            _ => null,
        };
        if (step is { } one) yield return one;
    }
}
