using System.Text;
using BenchmarkDotNet.Attributes;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Guests;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Preview1;

namespace WasiCloud.Embedding.Benchmarks;

/// <summary>A whole invocation in an instance of its own, against the way it is done with the managed wrapper today.</summary>
[MemoryDiagnoser]
public class InvocationBenchmarks
{
    private static readonly byte[] RequestBody = Encoding.UTF8.GetBytes("""{"name":"Ada","numbers":[1,2,3]}""");

    private readonly ParkingWaiter _waiter = new();
    private BenchmarkHost _host = null!;
    private GuestModule _empty = null!;
    private GuestModule _json = null!;
    private WrapperFunction _wrapper = null!;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _host = new BenchmarkHost(_ => { });
        _empty = await _host.LoadAsync("empty");
        _json = await _host.LoadAsync("json");
        _wrapper = new WrapperFunction(GuestFiles.Read("json"));
    }

    [Benchmark(Baseline = true, Description = "managed wrapper, its WASI, temporary files: C guest, JSON in and out")]
    public string Wrapper() => _wrapper.Invoke(RequestBody);

    [Benchmark(Description = "InvokeAsync: the same C guest, JSON in and out")]
    public async Task<long> InvokeJsonAsync()
    {
        var request = new InvocationRequest { Method = "POST", Body = BenchmarkHost.Body(RequestBody), ContentLength = RequestBody.Length };
        await using var response = await _host.Host.InvokeAsync(_json, request);
        var length = await BenchmarkHost.DrainAsync(response.Body);
        await response.Completion;
        return length;
    }

    [Benchmark(Description = "InvokeAsync: a guest that does nothing")]
    public Task<InvocationCompletion> InvokeEmptyAsync() => _host.RunAsync(_empty);

    [Benchmark(Description = "engine alone: store, instance, _start, teardown")]
    public int EngineAlone()
    {
        var state = new GuestState(new DescriptorTable(maxDescriptors: 16), new GuestClock(TimeProvider.System), SystemRandomSource.Instance);
        var guest = new Preview1Context(state, SilentDiagnostics.Instance);
        return new GuestStore((CompiledModule)_empty, guest, CancellationToken.None).Execute(new GuestEntry(_waiter, Deadline: long.MaxValue)).ExitCode!.Value;
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        _empty.Dispose();
        _json.Dispose();
        _wrapper.Dispose();
        _waiter.Dispose();
        await _host.DisposeAsync();
    }

    private sealed class SilentDiagnostics : IGuestDiagnostics
    {
        public static SilentDiagnostics Instance { get; } = new();

        public void HostCallFailed(string function, string path, Exception exception) => throw exception;
    }
}
