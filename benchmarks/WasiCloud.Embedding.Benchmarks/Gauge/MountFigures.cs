using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Mounts.Memory;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>
/// One <c>fd_pread</c> or <c>fd_pwrite</c> of a file of this library's, which works on guest memory itself, and of an application's, which gets a copy.
/// </summary>
internal sealed class MountFigures : IGaugeFigures
{
    private const int FileBytes = 1 << 20;

    // So many that one sample takes tens of milliseconds.
    private static readonly (string Name, int Bytes, int Calls)[] Sizes = [("64b", 64, 500_000), ("4kib", 4096, 200_000), ("1mib", FileBytes, 500)];

    public async IAsyncEnumerable<GaugeFigure> MeasureAsync(GuestExecution execution)
    {
        var own = new MemoryMount();
        await MountFiles.WriteAsync(own, "f", new byte[FileBytes]);
        var application = new ArrayMount(FileBytes);
        await using var host = new BenchmarkHost(
            builder => builder.AddMount("/own", FileAccess.ReadWrite, _ => own).AddMount("/app", FileAccess.ReadWrite, _ => application), execution);
        foreach (var (size, bytes, calls) in Sizes)
        {
            foreach (var call in (string[])["pread", "pwrite"])
            {
                foreach (var mount in (string[])["own", "app"])
                {
                    using var guest = await host.Host.LoadAsync(Loop(mount, call, bytes, calls), "loop");
                    var time = await Sampling.MedianAsync(1, _ => host.RunAsync(guest));
                    yield return new GaugeFigure($"{call}-{mount}-{size}-ns", time.TotalNanoseconds / calls, "ns");
                }
            }
        }
    }

    private static byte[] Loop(string mount, string call, int bytes, int calls) =>
        TextFormatApi.Assemble(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_{{call}}" (func $move (param i32 i32 i32 i64 i32) (result i32)))
          (memory (export "memory") 18)
          (data (i32.const 100) "{{mount}}/f")
          (func $check (param i32) (if (local.get 0) (then unreachable)))
          (func (export "_start") (local $count i32)
            (i32.store (i32.const 0) (i32.const 65536))
            (i32.store (i32.const 4) (i32.const {{bytes}}))
            (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 5) (i32.const 0) (i64.const 0x46) (i64.const 0) (i32.const 0)
              (i32.const 200)))
            (local.set $count (i32.const {{calls}}))
            (loop $again
              (call $check (call $move (i32.load (i32.const 200)) (i32.const 0) (i32.const 1) (i64.const 0) (i32.const 8)))
              (call $check (i32.ne (i32.load (i32.const 8)) (i32.const {{bytes}})))
              (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
        """)));
}
