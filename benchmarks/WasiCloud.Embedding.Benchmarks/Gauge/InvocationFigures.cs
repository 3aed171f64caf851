using System.Diagnostics;
using System.Text;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>Whole invocations, each in an instance of its own.</summary>
internal sealed class InvocationFigures : IGaugeFigures
{
    private const int BareInvocations = 20_000;
    private const int Invocations = 10_000;
    private const int WrapperInvocations = 200;
    private const int Callers = 64;
    private static readonly TimeSpan Crowd = TimeSpan.FromSeconds(3);

    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"name":"Ada","numbers":[1,2,3]}""");

    public async IAsyncEnumerable<GaugeFigure> MeasureAsync(GuestExecution execution)
    {
        await using var host = new BenchmarkHost(execution: execution);
        using var bare = await host.LoadAsync("write_body");
        var small = await Sampling.MedianAsync(BareInvocations, count => RepeatAsync(count, () => host.RunAsync(bare)));
        yield return new GaugeFigure("invoke-bare-us", small.TotalMicroseconds, "us");
        yield return new GaugeFigure("invoke-bare-bytes", await AllocatedAsync(() => host.RunAsync(bare)), "B");

        using var json = await host.LoadAsync("json");
        var libc = await Sampling.MedianAsync(Invocations, count => RepeatAsync(count, () => InvokeJsonAsync(host, json)));
        yield return new GaugeFigure("invoke-libc-us", libc.TotalMicroseconds, "us");
        yield return new GaugeFigure("invoke-libc-bytes", await AllocatedAsync(() => InvokeJsonAsync(host, json)), "B");

        // What only a crowd runs is compiled by then: the compiler shares two cores with 64 callers.
        await CountAsync(() => InvokeJsonAsync(host, json));
        yield return new GaugeFigure("invoke-per-second", await CountAsync(() => InvokeJsonAsync(host, json)), "1/s");

        using var wrapper = new WrapperFunction(GuestFiles.Read("json"));
        var today = await Sampling.MedianAsync(WrapperInvocations, count =>
        {
            for (var index = 0; index < count; index++) wrapper.Invoke(Body);
            return Task.CompletedTask;
        });
        yield return new GaugeFigure("today-ratio", today / libc, "x");
    }

    private static async Task RepeatAsync(int count, Func<Task> invoke)
    {
        for (var index = 0; index < count; index++) await invoke();
    }

    // Of managed memory, the caller's own request included.
    private static async Task<double> AllocatedAsync(Func<Task> invoke)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await RepeatAsync(Invocations, invoke);
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Invocations;
    }

    private static async Task InvokeJsonAsync(BenchmarkHost host, GuestModule module)
    {
        var request = new InvocationRequest { Method = "POST", Body = BenchmarkHost.Body(Body), ContentLength = Body.Length };
        await using var response = await host.Host.InvokeAsync(module, request);
        await BenchmarkHost.DrainAsync(response.Body);
        await response.Completion;
    }

    // By callers who do nothing else.
    private static async Task<double> CountAsync(Func<Task> invoke)
    {
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            while (Stopwatch.GetElapsedTime(started) < Crowd)
            {
                await invoke();
                count++;
            }

            return count;
        })));
        return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
