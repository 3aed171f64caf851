using System.Globalization;
using System.Text;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>A guest's loop of calls, the loop included.</summary>
internal sealed class HostCallFigures : IGaugeFigures
{
    private const int Calls = 1_000_000;
    private const int Reads = 200_000;

    /// <summary>Reads 16 bytes of <c>/dev/zero</c> as often as <see cref="Reads"/> says.</summary>
    private static readonly string ReadLoop = string.Create(CultureInfo.InvariantCulture, $$"""
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "\00\04\00\00\10\00\00\00")
          (data (i32.const 100) "dev/zero")
          (func $check (param i32) (if (local.get 0) (then unreachable)))
          (func (export "_start") (local $count i32)
            (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 8) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0)
              (i32.const 200)))
            (local.set $count (i32.const {{Reads}}))
            (loop $again
              (call $check (call $read (i32.load (i32.const 200)) (i32.const 0) (i32.const 1) (i32.const 8)))
              (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
        """);

    public async IAsyncEnumerable<GaugeFigure> MeasureAsync(GuestExecution execution)
    {
        await using var host = new BenchmarkHost(execution: execution);
        using var touch = await host.LoadAsync("touch_call");
        var calls = Calls.ToString(CultureInfo.InvariantCulture);
        var call = await Sampling.MedianAsync(1, _ => host.RunAsync(touch, calls));
        yield return new GaugeFigure("host-call-ns", call.TotalNanoseconds / Calls, "ns");
        var (plain, observed) = await Sampling.ShortestInTurnAsync(
            () => host.RunAsync(touch, calls),
            () => host.RunAsync(touch, new InvocationRequest { Arguments = [calls], Observer = new CallCounter() }));
        yield return new GaugeFigure("observer-call-ns", (observed - plain).TotalNanoseconds / Calls, "ns");

        using var read = await host.Host.LoadAsync(TextFormatApi.Assemble(Encoding.UTF8.GetBytes(ReadLoop)), "read");
        var reading = await Sampling.MedianAsync(1, _ => host.RunAsync(read));
        yield return new GaugeFigure("io-call-ns", reading.TotalNanoseconds / Reads, "ns");
        var (plainReading, observedReading) = await Sampling.ShortestInTurnAsync(
            () => host.RunAsync(read), () => host.RunAsync(read, new InvocationRequest { Observer = new CallCounter() }));
        yield return new GaugeFigure("observer-io-call-ns", (observedReading - plainReading).TotalNanoseconds / Reads, "ns");
    }

    // Wants no times.
    private sealed class CallCounter : HostCallObserver
    {
        private long _calls;

        public override void CallEnded(in HostCall call) => _calls++;
    }
}
