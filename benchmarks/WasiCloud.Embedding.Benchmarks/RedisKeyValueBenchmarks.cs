using System.Diagnostics;
using BenchmarkDotNet.Attributes;
using StackExchange.Redis;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Redis;

namespace WasiCloud.Embedding.Benchmarks;

/// <summary>Gets and puts of 100 bytes through the backend and through the bare client, on the same server (<c>redis-server</c> must be on the PATH).</summary>
[MemoryDiagnoser]
[SimpleJob(warmupCount: 3, iterationCount: 8)]
[GroupBenchmarksBy(BenchmarkDotNet.Configs.BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class RedisKeyValueBenchmarks
{
    private const int Operations = 6400;
    private const int Keys = 1000;

    private readonly byte[] _value = new byte[100];
    private readonly string[] _keys = [.. Enumerable.Range(0, Keys).Select(index => $"key{index}")];
    private readonly RedisKey[] _rawKeys = [.. Enumerable.Range(0, Keys).Select(index => (RedisKey)$"raw:key{index}")];
    private DirectoryInfo _folder = null!;
    private Process _server = null!;
    private RedisKeyValueBackend _backend = null!;
    private ConnectionMultiplexer _connection = null!;
    private IDatabase _raw = null!;

    [Params(1, 64)]
    public int Concurrency { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        var port = LoopbackPort.Find();
        _folder = Directory.CreateTempSubdirectory("wasicloud-redis-");
        string[] arguments = ["--port", $"{port}", "--bind", "127.0.0.1", "--save", string.Empty, "--appendonly", "yes"];
        _server = Process.Start(new ProcessStartInfo("redis-server", arguments) { UseShellExecute = false, WorkingDirectory = _folder.FullName })!;
        _backend = new RedisKeyValueBackend(new() { Configuration = $"127.0.0.1:{port}" });
        await RunAsync(async index => await _backend.CommitAsync(new(KeyValueOperation.Put(_keys[index % Keys], _value)), default));
        _connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{port}");
        _raw = _connection.GetDatabase();
        await RawPutAsync();
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _backend.DisposeAsync();
        await _connection.DisposeAsync();
        _server.Kill();
        await _server.WaitForExitAsync();
        _server.Dispose();
        _folder.Delete(recursive: true);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Operations)]
    [BenchmarkCategory("Get")]
    public Task RawGetAsync() => RunAsync(async index => await _raw.StringGetAsync(_rawKeys[index % Keys]));

    [Benchmark(OperationsPerInvoke = Operations)]
    [BenchmarkCategory("Get")]
    public Task GetAsync() => RunAsync(async index => await _backend.GetAsync(_keys[index % Keys], 4096, default));

    [Benchmark(Baseline = true, OperationsPerInvoke = Operations)]
    [BenchmarkCategory("Put")]
    public Task RawPutAsync() => RunAsync(async index => await _raw.StringSetAsync(_rawKeys[index % Keys], _value));

    [Benchmark(OperationsPerInvoke = Operations)]
    [BenchmarkCategory("Put")]
    public Task PutAsync() => RunAsync(async index => await _backend.CommitAsync(new(KeyValueOperation.Put(_keys[index % Keys], _value)), default));

    private Task RunAsync(Func<int, Task> operation) => Task.WhenAll(Enumerable.Range(0, Concurrency).Select(async task =>
    {
        for (var index = task; index < Operations; index += Concurrency) await operation(index);
    }));
}
