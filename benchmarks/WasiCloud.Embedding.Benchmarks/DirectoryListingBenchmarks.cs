using System.Globalization;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.Mounts.Memory;

namespace WasiCloud.Embedding.Benchmarks;

/// <summary>A C guest's opendir + readdir of 10,000 entries + closedir, against the memory mount's own enumeration without a guest.</summary>
[MemoryDiagnoser]
public class DirectoryListingBenchmarks
{
    private const int Entries = 10_000;
    private const int Count = 50;

    private static readonly string[] Times = [Entries.ToString(CultureInfo.InvariantCulture), Count.ToString(CultureInfo.InvariantCulture)];

    private readonly string _folder = Directory.CreateTempSubdirectory("listing").FullName;
    private readonly MemoryMount _memory = new();
    private BenchmarkHost _host = null!;
    private GuestModule _guest = null!;
    private VirtualDirectory _directory = null!;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _host = new BenchmarkHost(builder => builder
            .AddMount("/memory", FileAccess.ReadWrite, _ => _memory)
            .AddMount("/values", FileAccess.ReadWrite, _ => new KeyValueMount(new MemoryKeyValueBackend()))
            .AddHostDirectory("/host", _folder, FileAccess.ReadWrite));
        _guest = await _host.LoadAsync("directory");
        foreach (var mount in new[] { "/memory", "/values", "/host" }) await _host.RunAsync(_guest, "fill", mount, Times[0]);
        _directory = await _memory.AttachAsync(new InvocationContext { Id = "benchmark" }, CancellationToken.None);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count, Description = "memory mount's own enumeration, no guest")]
    public async Task EnumerateAsync()
    {
        for (var round = 0; round < Count; round++)
        {
            var found = 0;
            await foreach (var entry in _directory.EnumerateAsync(CancellationToken.None)) found += entry.Name.Length > 0 ? 1 : 0;
            if (found != Entries) throw new InvalidOperationException($"{found} entries.");
        }
    }

    [Benchmark(OperationsPerInvoke = Count, Description = "guest: memory mount")]
    public Task MemoryAsync() => _host.RunAsync(_guest, ["list", "/memory", .. Times]);

    [Benchmark(OperationsPerInvoke = Count, Description = "guest: key-value in memory")]
    public Task ValuesAsync() => _host.RunAsync(_guest, ["list", "/values", .. Times]);

    [Benchmark(OperationsPerInvoke = Count, Description = "guest: host directory")]
    public Task HostDirectoryAsync() => _host.RunAsync(_guest, ["list", "/host", .. Times]);

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        _guest.Dispose();
        await _host.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
