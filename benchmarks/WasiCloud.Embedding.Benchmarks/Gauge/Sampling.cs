using System.Diagnostics;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>Times what is repeated.</summary>
internal static class Sampling
{
    private const int Samples = 5;
    private const int PairedSamples = 9;

    // The runtime compiles up to three times, the last one long after the first: calls of a few nanoseconds are measured in the last form.
    private const int WarmUps = 4;

    /// <summary>Runs something until the compiler has done with it, then several times more.</summary>
    /// <param name="count">How many operations one sample makes.</param>
    /// <param name="run">Makes that many operations.</param>
    /// <returns>The median of the samples' times for one operation.</returns>
    public static async Task<TimeSpan> MedianAsync(int count, Func<int, Task> run)
    {
        await WarmUpAsync(() => run(count));
        var times = new TimeSpan[Samples];
        for (var sample = 0; sample < Samples; sample++)
        {
            var started = Stopwatch.GetTimestamp();
            await run(count);
            times[sample] = Stopwatch.GetElapsedTime(started);
        }

        Array.Sort(times);
        return times[Samples / 2] / count;
    }

    /// <summary>Runs two things in turn, so that both have the machine's quiet phases and its busy ones.</summary>
    /// <param name="first">One of them.</param>
    /// <param name="second">The other.</param>
    /// <returns>The shortest of each one's times.</returns>
    public static async Task<(TimeSpan First, TimeSpan Second)> ShortestInTurnAsync(Func<Task> first, Func<Task> second)
    {
        await WarmUpAsync(first);
        await WarmUpAsync(second);
        var (shortestFirst, shortestSecond) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var sample = 0; sample < PairedSamples; sample++)
        {
            shortestFirst = Shorter(shortestFirst, await TimeOfAsync(first));
            shortestSecond = Shorter(shortestSecond, await TimeOfAsync(second));
        }

        return (shortestFirst, shortestSecond);
    }

    // With pauses, in which the runtime compiles again what turned out to be hot.
    private static async Task WarmUpAsync(Func<Task> run)
    {
        for (var round = 0; round < WarmUps; round++)
        {
            await run();
            await Task.Delay(TimeSpan.FromMilliseconds(200));
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static async Task<TimeSpan> TimeOfAsync(Func<Task> run)
    {
        var started = Stopwatch.GetTimestamp();
        await run();
        return Stopwatch.GetElapsedTime(started);
    }
}
