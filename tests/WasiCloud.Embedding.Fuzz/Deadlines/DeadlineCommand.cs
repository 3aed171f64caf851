using System.Globalization;

namespace WasiCloud.Embedding.Fuzz.Deadlines;

/// <summary>Goes through all kinds of calls, and says how long each outlives its guest's time.</summary>
internal static class DeadlineCommand
{
    private const int Names = 20_000;
    private const int LeastMilliseconds = 20;
    private const int MostMilliseconds = 400;

    // What issue 13 allows on an idle machine.
    private static readonly TimeSpan s_allowed = TimeSpan.FromMilliseconds(100);

    private static readonly int[] s_bounds = [5, 10, 20, 50, 100, 200, 500, 1000, int.MaxValue];

    /// <summary>Runs.</summary>
    /// <param name="rounds">How often each kind is made up.</param>
    /// <param name="seed">Of the generator.</param>
    /// <param name="filter">Only the kinds whose name contains it.</param>
    /// <param name="output">Where the report goes.</param>
    /// <returns>Whether all ended in time.</returns>
    public static async Task<bool> RunAsync(int rounds, int seed, string filter, TextWriter output)
    {
        var random = new Random(seed);
        var cases = new DeadlineCases(random);
        await using var host = await DeadlineHost.CreateAsync(Names);
        var runner = new DeadlineRunner(host, random);
        var outcomes = new List<DeadlineOutcome>();
        for (var round = 0; round < rounds; round++)
        {
            for (var kind = 0; kind < cases.Count; kind++)
            {
                var next = cases.Next(kind);
                if (!next.Function.Contains(filter, StringComparison.Ordinal)) continue;
                outcomes.Add(await runner.RunAsync(next, LeastMilliseconds, MostMilliseconds));
            }
        }

        Report(outcomes, output);
        return outcomes.TrueForAll(static outcome => outcome.Over <= s_allowed);
    }

    private static void Report(List<DeadlineOutcome> outcomes, TextWriter output)
    {
        Line($"{outcomes.Count} guests, {outcomes.Count(static outcome => outcome.IsMeasured)} of them ran until their time was over");
        Line($"after it, in ms: median / worst, of how many");
        var measured = outcomes.Where(static outcome => outcome.IsMeasured).ToList();
        var functions = measured.GroupBy(static outcome => outcome.Function, StringComparer.Ordinal);
        foreach (var function in functions.OrderByDescending(static group => group.Max(outcome => outcome.Over)))
        {
            var over = function.Select(static outcome => outcome.Over.TotalMilliseconds).Order().ToList();
            Line($"{over[over.Count / 2],8:f1} {over[^1],8:f1} {over.Count,4}  {function.Key}");
        }

        var least = int.MinValue;
        foreach (var bound in s_bounds)
        {
            var count = measured.Count(outcome => outcome.Over.TotalMilliseconds > least && outcome.Over.TotalMilliseconds <= bound);
            Line($"{(bound == int.MaxValue ? "more" : "up to " + bound.ToString(CultureInfo.InvariantCulture) + " ms"),12}: {count}");
            least = bound;
        }

        foreach (var ending in outcomes.Where(static outcome => !outcome.IsMeasured).GroupBy(static outcome => (outcome.Function, outcome.Ending)))
            Line($"ended before: {ending.Key.Function}: {ending.Key.Ending} ({ending.Count()})");

        void Line(FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
    }
}
