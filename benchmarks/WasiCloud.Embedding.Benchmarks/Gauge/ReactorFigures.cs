using System.Text;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>
/// Calls of an instance that lives on, and of the application's functions by a guest, the guest's loop included. Instances run on the caller's thread, whatever
/// others run on.
/// </summary>
internal sealed class ReactorFigures : IGaugeFigures
{
    private const int Calls = 1_000_000;
    private const int Waits = 50_000;

    private const string Text = """
        (module
          (import "env" "untyped" (func $untyped (param i32 i32) (result i32)))
          (import "env" "typed" (func $typed (param i32 i32) (result i32)))
          (import "env" "ready" (func $ready (param i32 i32) (result i32)))
          (import "env" "late" (func $late (param i32 i32) (result i32)))
          (memory (export "memory") 1)
          (global $ticks (mut i32) (i32.const 0))
          (func (export "tick") (param f32) (result i32)
            (global.set $ticks (i32.add (global.get $ticks) (i32.const 1)))
            (global.get $ticks))
          (func (export "untyped") (param $count i32)
            (loop $again (drop (call $untyped (i32.const 1) (i32.const 2))) (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
          (func (export "typed") (param $count i32)
            (loop $again (drop (call $typed (i32.const 1) (i32.const 2))) (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
          (func (export "ready") (param $count i32)
            (loop $again (drop (call $ready (i32.const 1) (i32.const 2))) (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
          (func (export "late") (param $count i32)
            (loop $again (drop (call $late (i32.const 1) (i32.const 2))) (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
        """;

    private static readonly GuestCallOptions Patient = new() { Timeout = TimeSpan.FromMinutes(1), MaxCpuTime = Timeout.InfiniteTimeSpan };

    public async IAsyncEnumerable<GaugeFigure> MeasureAsync(GuestExecution execution)
    {
        await using var host = new BenchmarkHost(Offer, execution: execution);
        using var module = await host.Host.LoadAsync(TextFormatApi.Assemble(Encoding.UTF8.GetBytes(Text)), "reactor");
        await using var instance = await host.Host.StartAsync(module, new InvocationRequest());
        var untyped = instance.GetFunction("tick");
        yield return await MeasureAsync("reactor-call-ns", Calls, () =>
        {
            for (var call = 0; call < Calls; call++) untyped.Call(0.016f).ToInt32();
        });
        var typed = instance.GetFunction<float, int>("tick");
        yield return await MeasureAsync("typed-call-ns", Calls, () =>
        {
            for (var call = 0; call < Calls; call++) typed.Call(0.016f);
        });
        foreach (var (name, function, count) in ((string, string, int)[])
        [
            ("import-call-ns", "untyped", Calls), ("typed-import-ns", "typed", Calls),
            ("ready-import-ns", "ready", Calls), ("waiting-import-ns", "late", Waits),
        ])
        {
            var calls = instance.GetAction<int>(function);
            yield return await MeasureAsync(name, count, () => calls.Call(count, Patient));
        }
    }

    private static void Offer(IWasiCloudBuilder builder) => _ = builder
        .AddImport("env", "untyped", [GuestValueType.I32, GuestValueType.I32], [GuestValueType.I32], static call =>
            call.Results[0] = call.Arguments[0].ToInt32() + call.Arguments[1].ToInt32())
        .AddImport("env", "typed", static (int a, int b) => a + b)
        .AddImport("env", "ready", static (GuestAsyncCaller caller, int a, int b) => ValueTask.FromResult(a + b))
        .AddImport("env", "late", static async (GuestAsyncCaller caller, int a, int b) =>
        {
            await Task.Yield();
            return a + b;
        });

    // On a thread of the pool, as a game's loop would be.
    private static async Task<GaugeFigure> MeasureAsync(string name, int count, Action calls)
    {
        var time = await Sampling.MedianAsync(1, _ => Task.Run(calls));
        return new GaugeFigure(name, time.TotalNanoseconds / count, "ns");
    }
}
