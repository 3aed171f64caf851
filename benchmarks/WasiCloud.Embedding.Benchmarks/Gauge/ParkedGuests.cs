using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>The process in which guests wait: what each takes, and how long after its input came one of them runs.</summary>
internal static class ParkedGuests
{
    /// <summary>Selects it.</summary>
    public const string Verb = "parked";

    private const int OnFibers = 10_000;
    private const int OnThreads = 1_000;
    private const int Resumed = 450;
    private static readonly PipeOptions OnTheWritersThread = new(readerScheduler: PipeScheduler.Inline, useSynchronizationContext: false);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    // Reads one byte of its body, looks at the clock, and answers what it said: the same clock that the host looked at before it wrote the byte.
    private const string ReadOnce = """
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "\00\04\00\00\01\00\00\00")
          (data (i32.const 100) "request/body")
          (data (i32.const 120) "response/body")
          (data (i32.const 140) "\d0\00\00\00\08\00\00\00") ;; 8 bytes at 208
          (func $check (param i32) (if (local.get 0) (then unreachable)))
          (func (export "_start")
            (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 12) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0)
              (i32.const 200)))
            (call $check (call $read (i32.load (i32.const 200)) (i32.const 0) (i32.const 1) (i32.const 8)))
            (call $check (call $clock (i32.const 0) (i64.const 1) (i32.const 208)))
            (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 120) (i32.const 13) (i32.const 9) (i64.const 0x40) (i64.const 0) (i32.const 0)
              (i32.const 200)))
            (call $check (call $write (i32.load (i32.const 200)) (i32.const 140) (i32.const 1) (i32.const 8)))))
        """;

    /// <summary>Measures, and prints the figures.</summary>
    public static async Task RunAsync(GuestExecution execution)
    {
        var count = execution == GuestExecution.Threads ? OnThreads : OnFibers;
        await using var host = new BenchmarkHost(
            execution: execution, limit: options => (options.MaxConcurrentInvocations, options.MaxConcurrentInvocationsPerModule) = (count, count));
        using var module = await host.Host.LoadAsync(TextFormatApi.Assemble(Encoding.UTF8.GetBytes(ReadOnce)), "read");

        // Once, so that what all of them share is there.
        await ParkAndResumeAsync(host, module);
        var bodies = Enumerable.Range(0, count).Select(index => index < Resumed ? new Pipe(OnTheWritersThread) : new Pipe()).ToList();
        var before = ProcessMemory.Resident();
        using var cancellation = new CancellationTokenSource();
        using var parked = new CountdownEvent(count);
        var invocations = bodies.Select(body => Invoke(host, module, new ParkingReader(body.Reader, parked), cancellation.Token)).ToList();
        parked.Wait(Patience, CancellationToken.None);
        var each = (ProcessMemory.Resident() - before) / (double)count;
        Print("parked-kib", each / 1024, "KiB");

        // What this library takes, on the thread that completed the read; and with the system's waking of a pool thread that sleeps.
        PrintLatencies("resume-", await ResumeAsync(bodies[..Resumed], invocations[..Resumed]));
        PrintLatencies("resume-pool-", await ResumeAsync(bodies[Resumed..(2 * Resumed)], invocations[Resumed..(2 * Resumed)]));
        var canceled = Stopwatch.GetTimestamp();
        await cancellation.CancelAsync();
        foreach (var invocation in invocations.Skip(2 * Resumed)) await ExpectCancellationAsync(invocation);
        Print("cancel-parked-ms", Stopwatch.GetElapsedTime(canceled).TotalMilliseconds, "ms");
    }

    // One after another, while the others wait; the first third until the compiler has done with them.
    private static async Task<List<double>> ResumeAsync(List<Pipe> bodies, List<Task<InvocationResponse>> invocations)
    {
        var latencies = new List<double>();
        var answer = new byte[sizeof(long)];
        foreach (var (body, invocation) in bodies.Zip(invocations))
        {
            var written = TimeProvider.System.GetUtcNow();
            await body.Writer.WriteAsync(new byte[1]);
            await using var response = await invocation.WaitAsync(Patience);
            await response.Body.AsStream().ReadExactlyAsync(answer);
            await response.Completion;
            var ran = BinaryPrimitives.ReadInt64LittleEndian(answer) / TimeSpan.NanosecondsPerTick;
            latencies.Add(TimeSpan.FromTicks(ran - (written - DateTimeOffset.UnixEpoch).Ticks).TotalMicroseconds);
        }

        return [.. latencies.Skip(bodies.Count / 3).Order()];
    }

    private static void PrintLatencies(string name, List<double> latencies)
    {
        Print(name + "p50-us", latencies[latencies.Count / 2], "us");
        Print(name + "p99-us", latencies[latencies.Count * 99 / 100], "us");
    }

    private static async Task ParkAndResumeAsync(BenchmarkHost host, GuestModule module)
    {
        for (var index = 0; index < 100; index++)
        {
            var body = new Pipe();
            var invocation = Invoke(host, module, body.Reader);
            await body.Writer.WriteAsync(new byte[1]);
            await EndAsync(invocation);
        }
    }

    private static Task<InvocationResponse> Invoke(BenchmarkHost host, GuestModule module, PipeReader body, CancellationToken cancellationToken = default) =>
        host.Host.InvokeAsync(module, new InvocationRequest { Method = "POST", Body = body }, cancellationToken);

    private static async Task EndAsync(Task<InvocationResponse> invocation)
    {
        await using var response = await invocation;
        await response.Completion;
    }

    private static async Task ExpectCancellationAsync(Task<InvocationResponse> invocation)
    {
        try
        {
            await EndAsync(invocation);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        throw new InvalidOperationException("A guest that waited was not cancelled.");
    }

    private static void Print(string name, double value, string unit) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {value:F3} {unit}"));
}
