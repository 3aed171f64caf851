using System.Globalization;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Benchmarks;

/// <summary>A guest's open + fstat + read + close of a 100-byte value, against the backend's own get.</summary>
[MemoryDiagnoser]
public class KeyValueBenchmarks
{
    private const int Count = 20_000;
    private const string Key = "bench/value";
    private static readonly string CountText = Count.ToString(CultureInfo.InvariantCulture);

    private readonly string _folder = Directory.CreateTempSubdirectory("key-value").FullName;
    private BenchmarkHost _host = null!;
    private GuestModule _reader = null!;
    private IKeyValueBackend _memory = null!;
    private IKeyValueBackend _sqlite = null!;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _host = new BenchmarkHost(builder => builder.AddKeyValue(keyValue =>
        {
            keyValue.Scope("memory").UseMemory();
            keyValue.Scope("sqlite").UseSqlite(Path.Combine(_folder, "bench.db"));
        }));
        _memory = _host.Services.GetRequiredKeyedService<IKeyValueBackend>("memory");
        _sqlite = _host.Services.GetRequiredKeyedService<IKeyValueBackend>("sqlite");
        var put = KeyValueOperation.Put(Key, new byte[100]);
        await _memory.CommitAsync(new KeyValueBatch(put), CancellationToken.None);
        await _sqlite.CommitAsync(new KeyValueBatch(put), CancellationToken.None);
        _reader = await _host.LoadAsync("kvread");
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count, Description = "SQLite backend's own get")]
    public async Task RawSqliteAsync()
    {
        for (var index = 0; index < Count; index++) await _sqlite.GetAsync(Key, int.MaxValue, CancellationToken.None);
    }

    [Benchmark(OperationsPerInvoke = Count, Description = "guest: open+fstat+read+close, SQLite")]
    public Task SqliteAsync() => _host.RunAsync(_reader, "/beta/kv/sqlite/" + Key, CountText);

    [Benchmark(OperationsPerInvoke = Count, Description = "guest: open+fstat+read+close, in memory")]
    public Task MemoryAsync() => _host.RunAsync(_reader, "/beta/kv/memory/" + Key, CountText);

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        _reader.Dispose();
        await _host.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
