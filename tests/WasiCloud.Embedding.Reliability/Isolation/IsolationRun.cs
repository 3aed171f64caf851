using System.Globalization;
using System.Text;

namespace WasiCloud.Embedding.Reliability.Isolation;

/// <summary>Very many transactions of guests at once on one scope, whose history is compared with what serial transactions could have done.</summary>
/// <param name="host">The host.</param>
/// <param name="transactions">How many are committed at least, over all workloads.</param>
internal sealed class IsolationRun(LedgerHost host, int transactions)
{
    private const int Guests = 8;
    private const int Accounts = 8;
    private const int Pairs = 4;
    private const int Writers = 2;

    private static readonly string[] Workloads = ["bank", "pairs", "count", "fork"];

    private readonly int _times = (transactions + (Guests * Workloads.Length) - 1) / (Guests * Workloads.Length);

    /// <summary>Runs all workloads.</summary>
    /// <returns>How many transactions were committed, and how many found that they could not be.</returns>
    /// <exception cref="LedgerViolationException">A guest saw, or the histories together show, what no serial order could have.</exception>
    public async Task<(long Committed, long Conflicts)> RunAsync()
    {
        await host.RunAsync("open", Accounts);
        var (bank, _) = await RunAsync("bank", Accounts);
        var (pairs, _) = await RunAsync("pairs", Pairs);
        var (count, _) = await RunAsync("count", 0);
        await CheckCountAsync(count.Committed);
        var (fork, observations) = await RunAsync("fork", Writers);
        ForkCheck.Check(observations);
        return (bank.Committed + pairs.Committed + count.Committed + fork.Committed, bank.Conflicts + pairs.Conflicts + count.Conflicts + fork.Conflicts);
    }

    private async Task<((long Committed, long Conflicts) Total, List<long[]> Observations)> RunAsync(string workload, int size)
    {
        // On threads of the pool: a guest on a fiber runs on its caller's thread for as long as it does not wait.
        var printed = await Task.WhenAll(Enumerable.Range(0, Guests).Select(id => Task.Run(() => host.RunAsync(workload, id, _times, size))));
        var observations = new List<long[]>();
        var (committed, conflicts) = (0L, 0L);
        foreach (var line in printed.SelectMany(lines => lines))
        {
            switch (line.Split(' '))
            {
                case ["done", var commits, var failures]:
                    committed += long.Parse(commits, CultureInfo.InvariantCulture);
                    conflicts += long.Parse(failures, CultureInfo.InvariantCulture);
                    break;
                case ["saw", .. var numbers]:
                    observations.Add(Numbers(numbers));
                    break;
                default:
                    throw new LedgerViolationException($"{workload}: {line}");
            }
        }

        if (committed != (long)_times * Guests)
            throw new LedgerViolationException($"{workload}: {committed} transactions were committed, not {_times * Guests}.");
        return ((committed, conflicts), observations);
    }

    private async Task CheckCountAsync(long committed)
    {
        var entry = await host.Backend.GetAsync("count", int.MaxValue, CancellationToken.None);
        var count = entry?.Value is { } value ? Encoding.UTF8.GetString(value.Span) : "nothing";
        if (count != committed.ToString(CultureInfo.InvariantCulture))
            throw new LedgerViolationException($"count: {committed} transactions added one, and the number is {count}.");
    }

    // "1=7", "0=3" in any order becomes 3, 7.
    private static long[] Numbers(string[] seen)
    {
        var numbers = new long[seen.Length];
        foreach (var one in seen)
        {
            var parts = one.Split('=');
            numbers[int.Parse(parts[0], CultureInfo.InvariantCulture)] = long.Parse(parts[1], CultureInfo.InvariantCulture);
        }

        return numbers;
    }
}
