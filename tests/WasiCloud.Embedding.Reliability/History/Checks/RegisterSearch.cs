using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Reliability.History.Checks;

/// <summary>
/// Looks for an order of the calls on one register that explains what they gave: the search of Wing and Gong (Testing and Verifying Concurrent Objects, 1993)
/// with the memory of Lowe (Testing for Linearizability, 2017) of what was tried in vain.
/// </summary>
internal sealed class RegisterSearch
{
    private const int Shown = 40;

    private readonly RegisterStep[] _steps;
    private readonly long _maxEffort;
    private readonly bool[] _isDone;
    private readonly HashSet<(string Done, int Value)> _inVain = [];
    private readonly Stack<Choice> _choices = new();
    private readonly ulong[] _bits;
    private List<int> _longest = [];
    private int _missing;
    private long _effort;

    /// <param name="steps">The calls, by their beginnings.</param>
    /// <param name="maxEffort">How many are tried at most.</param>
    public RegisterSearch(RegisterStep[] steps, long maxEffort)
    {
        (_steps, _maxEffort) = (steps, maxEffort);
        _isDone = new bool[steps.Length];
        _bits = new ulong[(steps.Length + 63) / 64];
        _missing = steps.Count(step => !step.IsOptional);
    }

    /// <summary>What came of it.</summary>
    internal enum Verdict
    {
        Linearizable,
        NotLinearizable,
        GaveUp,
    }

    /// <summary>Searches.</summary>
    public Verdict Run()
    {
        var (candidates, position, value, latest) = (Candidates(0, 0), 0, 0, 0L);
        while (_missing > 0)
        {
            if (++_effort > _maxEffort) return Verdict.GaveUp;
            if (position < candidates.Count)
            {
                var chosen = candidates[position];
                _choices.Push(new Choice(chosen, candidates, position, value, latest));
                Set(chosen, true);
                value = _steps[chosen].Written ?? value;
                latest = Math.Max(latest, _steps[chosen].Call.Invoked);
                if (_missing == 0) break;
                if (_inVain.Add((Key(), value)))
                {
                    (candidates, position) = (Candidates(value, latest), 0);
                    continue;
                }
            }
            else if (_choices.Count > _longest.Count)
            {
                _longest = [.. _choices.Reverse().Select(choice => choice.Step)];
            }

            if (!_choices.TryPop(out var last)) return Verdict.NotLinearizable;
            Set(last.Step, false);
            (candidates, position, value, latest) = (last.Candidates, last.Position + 1, last.Value, last.Latest);
        }

        return Verdict.Linearizable;
    }

    /// <summary>The latest of the longest order that was found, and what could not come next.</summary>
    public IEnumerable<string> Explain()
    {
        foreach (var step in _longest.TakeLast(Shown)) yield return $"  {_steps[step].Call}";
        yield return "and then none of";
        RegisterStep[] rest = [.. Enumerable.Range(0, _steps.Length).Except(_longest).Select(step => _steps[step])];
        var end = rest.Where(step => !step.IsOptional).Min(step => step.Call.Returned);
        foreach (var step in rest.Where(step => step.Call.Invoked <= end)) yield return $"  {step.Call}";
    }

    // What may come next: begun before anything was over that must happen and has not.
    private List<int> Candidates(int value, long latest)
    {
        var end = long.MaxValue;
        var (certain, optional) = (new List<int>(), new List<int>());
        var reading = -1;
        for (var index = 0; index < _steps.Length && _steps[index].Call.Invoked < end; index++)
        {
            if (_isDone[index]) continue;
            var step = _steps[index];
            if (!step.IsOptional) end = Math.Min(end, step.Call.Returned);

            // Too late for what is decided after some time, if something happened that began later.
            if (!step.CanFollow(value) || (step.IsOptional && step.Call.Returned < latest)) continue;
            (step.IsOptional ? optional : certain).Add(index);
            if (reading < 0 && step is { IsOptional: false, Written: null }) reading = index;
        }

        // One that changes nothing needs no alternatives: whatever order there is from here, there is with it at the beginning too.
        if (reading >= 0 && !optional.Exists(index => _steps[index].Call.Returned < _steps[reading].Call.Invoked)) return [reading];
        certain.AddRange(optional);
        return certain;
    }

    private void Set(int step, bool isDone)
    {
        _isDone[step] = isDone;
        _bits[step / 64] ^= 1UL << (step % 64);
        if (!_steps[step].IsOptional) _missing += isDone ? -1 : 1;
    }

    private string Key() => new(MemoryMarshal.Cast<ulong, char>(_bits));

    private sealed record Choice(int Step, List<int> Candidates, int Position, int Value, long Latest);
}
