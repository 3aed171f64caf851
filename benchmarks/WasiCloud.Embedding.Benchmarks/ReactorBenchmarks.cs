using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Benchmarks;

/// <summary>One call of <c>tick(f32) -> i32</c> of an instance that lives on, against the engine's own call without deadline, cancellation and turn.</summary>
[MemoryDiagnoser]
public class ReactorBenchmarks
{
    private static readonly GuestCallOptions Limits = new() { Timeout = TimeSpan.FromMilliseconds(30) };

    private const string Text = """
        (module
          (import "env" "roll" (func $roll (param i32) (result i32)))
          (memory (export "memory") 1)
          (global $ticks (mut i32) (i32.const 0))
          (func (export "tick") (param f32) (result i32)
            (global.set $ticks (i32.add (global.get $ticks) (i32.const 1)))
            (global.get $ticks))
          (func (export "roll") (param i32) (result i32) (call $roll (local.get 0))))
        """;

    private readonly CancellationTokenSource _cancellation = new();
    private BenchmarkHost _host = null!;
    private GuestModule _module = null!;
    private GuestInstance _instance = null!;
    private GuestFunction _tick = null!;
    private GuestFunction _roll = null!;
    private BareInstance _bare = null!;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _host = new BenchmarkHost(builder =>
            builder.AddImport("env", "roll", [GuestValueType.I32], [GuestValueType.I32], static call => call.Results[0] = call.Arguments[0]));
        _module = await _host.Host.LoadAsync(TextFormatApi.Assemble(Encoding.UTF8.GetBytes(Text)), "tick");
        _instance = await _host.Host.StartAsync(_module, new InvocationRequest());
        (_tick, _roll) = (_instance.GetFunction("tick"), _instance.GetFunction("roll"));
        _bare = new BareInstance((CompiledModule)_module);
    }

    [Benchmark(Baseline = true, Description = "the engine's own call")]
    public int Bare() => _bare.Tick(0.016f);

    [Benchmark(Description = "GuestFunction.Call")]
    public int Call() => _tick.Call(0.016f).ToInt32();

    [Benchmark(Description = "GuestFunction.Call with a deadline of its own and a token")]
    public int CallWithLimits() => _tick.Call(Limits, _cancellation.Token, 0.016f).ToInt32();

    [Benchmark(Description = "GuestFunction.Call of a guest that calls an import of the application")]
    public int CallImport() => _roll.Call(6).ToInt32();

    [Benchmark(Description = "GuestFunction.CallAsync, on a guest thread")]
    public async Task<int> CallAsync() => (await _tick.CallAsync(0.016f))[0].ToInt32();

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        _bare.Dispose();
        await _instance.DisposeAsync();
        _module.Dispose();
        _cancellation.Dispose();
        await _host.DisposeAsync();
    }
}
