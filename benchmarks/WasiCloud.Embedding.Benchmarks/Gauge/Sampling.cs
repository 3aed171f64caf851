using System.Diagnostics;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>Times what is repeated.</summary>
internal static class Sampling
{
    private const int Samples = 5;

    /// <summary>Runs something until the compiler has done with it, then several times more.</summary>
    /// <param name="count">How many operations one sample makes.</param>
    /// <param name="run">Makes that many operations.</param>
    /// <returns>The median of the samples' times for one operation.</returns>
    public static async Task<TimeSpan> MedianAsync(int count, Func<int, Task> run)
    {
        // Twice, with a pause in which the runtime compiles again what turned out to be hot.
        for (var round = 0; round < 2; round++)
        {
            await run(count);
            await Task.Delay(TimeSpan.FromMilliseconds(200));
        }

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
}
