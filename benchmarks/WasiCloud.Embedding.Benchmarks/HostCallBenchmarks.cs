using System.Globalization;
using BenchmarkDotNet.Attributes;
using Wasmtime;

namespace WasiCloud.Embedding.Benchmarks;

/// <summary>One guest-to-host call: ours against the managed wrapper's. Both loops are the guest's; the time includes them.</summary>
[MemoryDiagnoser]
public class HostCallBenchmarks
{
    private const int Calls = 1_000_000;
    private static readonly string CallCount = Calls.ToString(CultureInfo.InvariantCulture);

    private BenchmarkHost _host = null!;
    private GuestModule _touch = null!;
    private GuestModule _write = null!;
    private WrapperGuest _wrapper = null!;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _host = new BenchmarkHost(_ => { });
        _touch = await _host.LoadAsync("touch_call");
        _write = await _host.LoadAsync("null_write");
        _wrapper = new WrapperGuest();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Calls, Description = "managed wrapper: call that touches guest memory")]
    public void WrapperCall() => _wrapper.Run(Calls);

    [Benchmark(OperationsPerInvoke = Calls, Description = "fd_prestat_get: call that touches guest memory")]
    public Task TouchAsync() => _host.RunAsync(_touch, CallCount);

    [Benchmark(OperationsPerInvoke = Calls, Description = "fd_write of 16 B to /dev/null")]
    public Task WriteAsync() => _host.RunAsync(_write, CallCount);

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        _touch.Dispose();
        _write.Dispose();
        _wrapper.Dispose();
        await _host.DisposeAsync();
    }

    /// <summary>The same loop on the wrapper, with a host function that writes 8 bytes of guest memory, as fd_prestat_get does.</summary>
    private sealed class WrapperGuest : IDisposable
    {
        private const string Text = """
            (module
              (import "wasi_snapshot_preview1" "fd_prestat_get" (func $call (param i32 i32) (result i32)))
              (memory (export "memory") 1)
              (func (export "run") (param $n i32)
                (loop $again
                  (drop (call $call (i32.const 3) (i32.const 1024)))
                  (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
            """;

        private readonly Config _config = new Config().WithEpochInterruption(true);
        private readonly Wasmtime.Engine _engine;
        private readonly Module _module;
        private readonly Linker _linker;
        private readonly Store _store;
        private readonly Action<int> _run;

        public WrapperGuest()
        {
            _engine = new Wasmtime.Engine(_config);
            _module = Module.FromText(_engine, "touch", Text);
            _linker = new Linker(_engine);
            _linker.DefineFunction("wasi_snapshot_preview1", "fd_prestat_get", (Caller caller, int descriptor, int address) =>
            {
                if (!caller.TryGetMemorySpan<byte>("memory", address, 8, out var span)) return 21;
                span[0] = 0;
                span[4] = (byte)descriptor;
                return 0;
            });
            _store = new Store(_engine);
            _store.SetEpochDeadline(1_000_000);
            _run = _linker.Instantiate(_store, _module).GetAction<int>("run")!;
        }

        public void Run(int calls) => _run(calls);

        public void Dispose()
        {
            _store.Dispose();
            _linker.Dispose();
            _module.Dispose();
            _engine.Dispose();
            _config.Dispose();
        }
    }
}
