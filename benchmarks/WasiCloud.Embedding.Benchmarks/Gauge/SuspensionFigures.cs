using System.Text;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>
/// What it costs that a guest waits: reads of a body whose pieces come late, less those of one whose pieces are there. The hop to the thread pool and back is
/// included.
/// </summary>
internal sealed class SuspensionFigures : IGaugeFigures
{
    private const int Pieces = 100_000;

    private const string ReadAll = """
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "\00\04\00\00\10\00\00\00")
          (data (i32.const 100) "request/body")
          (func $check (param i32) (if (local.get 0) (then unreachable)))
          (func (export "_start")
            (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 12) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0)
              (i32.const 200)))
            (loop $again
              (call $check (call $read (i32.load (i32.const 200)) (i32.const 0) (i32.const 1) (i32.const 8)))
              (br_if $again (i32.load (i32.const 8))))))
        """;

    public async IAsyncEnumerable<GaugeFigure> MeasureAsync(GuestExecution execution)
    {
        await using var host = new BenchmarkHost(execution: execution);
        using var module = await host.Host.LoadAsync(TextFormatApi.Assemble(Encoding.UTF8.GetBytes(ReadAll)), "read");
        var there = await Sampling.MedianAsync(1, _ => InvokeAsync(host, module, isLate: false));
        var late = await Sampling.MedianAsync(1, _ => InvokeAsync(host, module, isLate: true));
        yield return new GaugeFigure("suspend-us", (late - there).TotalMicroseconds / Pieces, "us");
    }

    private static async Task InvokeAsync(BenchmarkHost host, GuestModule module, bool isLate)
    {
        await using var response = await host.Host.InvokeAsync(module, new InvocationRequest { Method = "POST", Body = new YieldingReader(Pieces, isLate) });
        var completion = await response.Completion;
        if (completion.RequestBytes != Pieces) throw new InvalidOperationException($"The guest read {completion.RequestBytes} bytes.");
    }
}
