using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using Microsoft.Extensions.DependencyInjection;

namespace WasiCloud.Embedding.Benchmarks;

/// <summary>Loading a module of 30 MB: compiled, and from the compiled-module cache.</summary>
[SimpleJob(RunStrategy.Monitoring, warmupCount: 1, iterationCount: 3)]
public class ModuleLoadBenchmarks
{
    private const int WasmBytes = 30 << 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("module-load").FullName;
    private readonly byte[] _wasm = SyntheticModule.Create(WasmBytes);
    private ServiceProvider _cached = null!;
    private ServiceProvider _uncached = null!;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _cached = Build(_folder);
        _uncached = Build(folder: null);
        await LoadAsync(_cached);
    }

    [Benchmark(Baseline = true, Description = "compile")]
    public Task CompileAsync() => LoadAsync(_uncached);

    [Benchmark(Description = "load from the cache")]
    public Task LoadCachedAsync() => LoadAsync(_cached);

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _cached.DisposeAsync();
        await _uncached.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static ServiceProvider Build(string? folder)
    {
        var services = new ServiceCollection();
        services.AddWasiCloud(options => (options.ModuleCacheFolder, options.MaxConcurrentInvocations) = (folder, 16));
        return services.BuildServiceProvider();
    }

    private async Task LoadAsync(ServiceProvider services)
    {
        using var module = await services.GetRequiredService<IInvocationHost>().LoadAsync(_wasm, "synthetic");
    }
}
