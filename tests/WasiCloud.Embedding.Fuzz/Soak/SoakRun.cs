using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using WasiCloud.Embedding.Fuzz.Modules;

namespace WasiCloud.Embedding.Fuzz.Soak;

/// <summary>Runs very many guests, good and bad, and compares what the process holds before and after.</summary>
/// <param name="invocations">Invocations of modules that are compiled.</param>
/// <param name="modules">Modules that are made, loaded, run if they can be, and disposed.</param>
/// <param name="seed">What makes the run the same each time, apart from the order in which its threads come.</param>
internal sealed class SoakRun(long invocations, long modules, int seed)
{
    private const int Parallelism = 4;
    private const int WarmUp = 20_000;
    private const int WarmUpModules = 400;
    private const int Block = 1_000;

    private readonly ConcurrentDictionary<string, long> _endings = new(StringComparer.Ordinal);

    /// <returns>Whether nothing leaked.</returns>
    public async Task<bool> RunAsync(TextWriter output)
    {
        ProcessState.CountAllAllocations();
        await using var host = new FuzzHost();
        using var guests = await SoakGuests.LoadAsync(host.Host);
        await InvokeAsync(host, guests, WarmUp, first: -WarmUp);
        await LoadAsync(host, WarmUpModules, first: -WarmUpModules);
        var before = await ProcessState.TakeAsync(host, guests.Anything);
        _endings.Clear();

        var watch = Stopwatch.StartNew();
        await InvokeAsync(host, guests, invocations, first: 0);
        var invoked = watch.Elapsed;
        await LoadAsync(host, modules, first: 0);
        var elapsed = watch.Elapsed;
        var after = await ProcessState.TakeAsync(host, guests.Anything);

        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{invocations} invocations in {invoked.TotalSeconds:F0} s, {modules} generated modules in {(elapsed - invoked).TotalSeconds:F0} s, seed {seed}, " +
                $"{Parallelism} at a time, 0 process deaths"));
        foreach (var (ending, count) in _endings.OrderByDescending(pair => pair.Value))
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  {ending}: {count}"));
        return await LeakReport.WriteAsync(output, before, after);
    }

    private Task InvokeAsync(FuzzHost host, SoakGuests guests, long count, long first) =>
        ForEachAsync(count, first, async random =>
        {
            var (kind, ending) = await guests.RunAsync(host, random);
            if (ending == Ending.Exit(CallAnything.NotAnErrno)) throw new FuzzFailureException("A host call answered what is not an errno.");
            Count($"{kind}: {Summarize(ending)}");
        });

    private Task LoadAsync(FuzzHost host, long count, long first) =>
        ForEachAsync(count, first, async random =>
        {
            var (kind, wasm) = GeneratedModules.Create(random);
            Count($"{kind}: {Summarize(await host.LoadAndRunAsync(wasm, TimeSpan.FromMilliseconds(20)))}");
        });

    // Blocks of work with a generator each, so that the seed and not the scheduler decides what is run.
    private Task ForEachAsync(long count, long first, Func<Random, Task> action) => Parallel.ForEachAsync(
        Blocks(count),
        new ParallelOptions { MaxDegreeOfParallelism = Parallelism },
        async (block, _) =>
        {
            var random = new Random(unchecked((int)((seed * 1_000_003L) + first + block.Index)));
            for (var index = 0; index < block.Count; index++) await action(random);
        });

    private static IEnumerable<(long Index, int Count)> Blocks(long count)
    {
        for (var index = 0L; index < count; index += Block) yield return (index, (int)Math.Min(Block, count - index));
    }

    private static string Summarize(string ending) => Ending.IsExit(ending) ? "exit" : ending;

    private void Count(string what) => _endings.AddOrUpdate(what, 1, static (_, count) => count + 1);
}
