using System.Diagnostics;
using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;

namespace WasiCloud.Embedding.Benchmarks;

/// <summary>1 GiB through a C guest with a 64 KiB buffer, against the same pipes without a guest.</summary>
[MemoryDiagnoser]
[SimpleJob(RunStrategy.Monitoring, warmupCount: 1, iterationCount: 5)]
public class StreamingBenchmarks
{
    internal const long Bytes = 1L << 30;
    private const int ChunkBytes = 64 << 10;

    internal GuestExecution Execution { get; init; } = GuestExecution.Threads;

    private BenchmarkHost _host = null!;
    private GuestModule _echo = null!;
    private long _residentBefore;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _host = new BenchmarkHost(execution: Execution);
        _echo = await _host.LoadAsync("echo");
        _residentBefore = Environment.WorkingSet;
    }

    [Benchmark(Baseline = true, Description = "pipe to pipe, no guest")]
    public async Task PipeToPipeAsync()
    {
        var (source, target) = (NewPipe(), NewPipe());
        var feeding = FeedAsync(source.Writer);
        var copying = CopyAsync(source.Reader, target.Writer);
        await BenchmarkHost.DrainAsync(target.Reader);
        await Task.WhenAll(feeding, copying);
    }

    [Benchmark(Description = "/request/body -> guest -> /response/body")]
    public async Task ThroughGuestAsync()
    {
        await StreamAsync();
        Console.WriteLine($"// resident growth since setup: {(Environment.WorkingSet - _residentBefore) >> 20} MiB");
    }

    internal async Task StreamAsync()
    {
        var source = NewPipe();
        var feeding = FeedAsync(source.Writer);
        await using var response = await _host.Host.InvokeAsync(_echo, new InvocationRequest { Method = "POST", Body = source.Reader });
        var total = await BenchmarkHost.DrainAsync(response.Body);
        await response.Completion;
        await feeding;
        if (total != Bytes) throw new InvalidOperationException($"{total} bytes came back.");
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        _echo.Dispose();
        await _host.DisposeAsync();
    }

    private static Pipe NewPipe() => new(new PipeOptions(
        pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19, minimumSegmentSize: ChunkBytes, useSynchronizationContext: false));

    private static Task FeedAsync(PipeWriter writer) => Task.Run(async () =>
    {
        for (var remaining = Bytes; remaining > 0;)
        {
            var count = (int)Math.Min(remaining, writer.GetMemory(ChunkBytes).Length);
            writer.Advance(count);
            remaining -= count;
            await writer.FlushAsync();
        }

        await writer.CompleteAsync();
    });

    private static Task CopyAsync(PipeReader reader, PipeWriter writer) => Task.Run(async () =>
    {
        while (true)
        {
            var result = await reader.ReadAsync();
            foreach (var segment in result.Buffer) await writer.WriteAsync(segment);
            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted) break;
        }

        await writer.CompleteAsync();
    });
}
