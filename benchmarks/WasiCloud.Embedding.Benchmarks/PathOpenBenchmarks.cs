using System.Globalization;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Mounts.Memory;

namespace WasiCloud.Embedding.Benchmarks;

/// <summary>A guest's open + fstat + read + close of a 100-byte file, on a memory mount and a host directory.</summary>
[MemoryDiagnoser]
public class PathOpenBenchmarks
{
    private const int Count = 20_000;
    private static readonly string CountText = Count.ToString(CultureInfo.InvariantCulture);

    private readonly string _folder = Directory.CreateTempSubdirectory("path-open").FullName;
    private readonly MemoryMount _memory = new();
    private BenchmarkHost _host = null!;
    private GuestModule _reader = null!;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        await File.WriteAllBytesAsync(Path.Combine(_folder, "value"), new byte[100]);
        await MountFiles.WriteAsync(_memory, "value", new byte[100]);
        _host = new BenchmarkHost(builder => builder
            .AddMount("/memory", FileAccess.ReadWrite, _ => _memory)
            .AddHostDirectory("/host", _folder));
        _reader = await _host.LoadAsync("kvread");
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count, Description = "host directory")]
    public Task HostDirectoryAsync() => _host.RunAsync(_reader, "/host/value", CountText);

    [Benchmark(OperationsPerInvoke = Count, Description = "memory mount")]
    public Task MemoryAsync() => _host.RunAsync(_reader, "/memory/value", CountText);

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        _reader.Dispose();
        await _host.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
