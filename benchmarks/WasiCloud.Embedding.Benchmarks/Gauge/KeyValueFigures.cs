using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>Key-value scopes through files, against the same work without files in the same run.</summary>
internal sealed class KeyValueFigures : IGaugeFigures
{
    private const int Reads = 20_000;
    private const int Writers = 64;
    private const int Puts = 100;
    private const int Transactors = 4;
    private const int Transactions = 1_000;
    private const int Lockers = 4;
    private const int Locks = 5_000;
    private const int ListedKeys = 1_000;
    private const int AllKeys = 1_000_000;
    private const string Key = "bench/value";

    public async IAsyncEnumerable<GaugeFigure> MeasureAsync(GuestExecution execution)
    {
        var folder = Directory.CreateTempSubdirectory("wasicloud-gauge-");
        await using var server = await RedisServer.StartAsync("--appendfsync", "everysec");
        await using (var host = new BenchmarkHost(
            builder => builder.AddKeyValue(keyValue =>
            {
                keyValue.Scope("memory").UseMemory();
                keyValue.Scope("sqlite").UseSqlite(Path.Combine(folder.FullName, "gauge.db"));
                keyValue.Scope("redis").UseRedis(server.Configuration);
            }),
            execution))
        {
            await foreach (var figure in MeasureGetsAsync(host, server)) yield return figure;
            await foreach (var figure in MeasurePutsAsync(host, server)) yield return figure;
            var together = await TimeAsync(host, Transactors, id => KeyValueGuests.Transacting("sqlite", id, Transactions));
            yield return new GaugeFigure("kv-tx-sqlite-4", Transactors * Transactions / together.TotalSeconds, "1/s");
            var locking = await TimeAsync(host, Lockers, _ => KeyValueGuests.Locking("memory", Locks));
            yield return new GaugeFigure("kv-lock-us", locking.TotalMicroseconds / (Lockers * Locks), "us");
            await foreach (var figure in MeasureListsAsync(Backend(host, "sqlite"))) yield return figure;
        }

        folder.Delete(recursive: true);
    }

    private static async IAsyncEnumerable<GaugeFigure> MeasureGetsAsync(BenchmarkHost host, RedisServer server)
    {
        foreach (var scope in new[] { "memory", "sqlite", "redis" })
            await Backend(host, scope).CommitAsync(new KeyValueBatch(KeyValueOperation.Put(Key, new byte[100])), default);
        using var reader = await host.LoadAsync("kvread");
        yield return new GaugeFigure("kv-get-memory-us", (await ReadAsync("memory")).TotalMicroseconds, "us");

        var raw = await RepeatAsync(Reads, async () => await Backend(host, "sqlite").GetAsync(Key, int.MaxValue, default));
        var sqlite = await ReadAsync("sqlite");
        yield return new GaugeFigure("kv-get-sqlite-us", sqlite.TotalMicroseconds, $"us, {(sqlite - raw).TotalMicroseconds:F2} us over the backend's own get");

        await using var client = await ConnectionMultiplexer.ConnectAsync(server.Configuration);
        await client.GetDatabase().StringSetAsync("raw", new byte[100]);
        var trip = await RepeatAsync(Reads / 4, async () => await client.GetDatabase().StringGetAsync("raw"));
        var redis = await ReadAsync("redis", Reads / 4);
        yield return new GaugeFigure("kv-get-redis-us", redis.TotalMicroseconds, $"us, {redis / trip:F2} of a raw GET");

        async Task<TimeSpan> ReadAsync(string scope, int count = Reads) => await Sampling.MedianAsync(
            count, times => host.RunAsync(reader, $"/beta/kv/{scope}/{Key}", times.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static async IAsyncEnumerable<GaugeFigure> MeasurePutsAsync(BenchmarkHost host, RedisServer server)
    {
        var sqlite = Backend(host, "sqlite");
        var raw = await ConcurrentlyAsync((writer, _) => sqlite.CommitAsync(new KeyValueBatch(KeyValueOperation.Put($"raw/{writer}", new byte[100])), default)
            .AsTask());
        var files = await TimeAsync(host, Writers, id => KeyValueGuests.Putting("sqlite", id, Puts));
        yield return new GaugeFigure("kv-put-sqlite-64", Writers * Puts / files.TotalSeconds, $"1/s, {raw / files:F2} of the backend's own rate");

        await using var client = await ConnectionMultiplexer.ConnectAsync(server.Configuration);
        var database = client.GetDatabase();
        raw = await ConcurrentlyAsync((writer, _) => database.StringSetAsync($"raw{writer}", new byte[100]));
        files = await TimeAsync(host, Writers, id => KeyValueGuests.Putting("redis", id, Puts));
        yield return new GaugeFigure("kv-put-redis-64", Writers * Puts / files.TotalSeconds, $"1/s, {raw / files:F2} of a raw SET's");
    }

    private static async IAsyncEnumerable<GaugeFigure> MeasureListsAsync(IKeyValueBackend backend)
    {
        const int batch = 2_000;
        for (var first = 0; first < AllKeys; first += batch)
        {
            var operations = Enumerable.Range(first, batch)
                .Select(number => KeyValueOperation.Put($"all/{number / ListedKeys:D4}/{number % ListedKeys:D4}", new byte[8]));
            await backend.CommitAsync(new KeyValueBatch([.. operations]), default);
        }

        yield return new GaugeFigure(
            "kv-list-ms", (await Sampling.MedianAsync(1, _ => ListAsync(int.MaxValue))).TotalMilliseconds, "ms for 1,000 of 1,000,000 keys");
        yield return new GaugeFigure("kv-list-first-ms", (await Sampling.MedianAsync(1, _ => ListAsync(1))).TotalMilliseconds, "ms to the first");

        async Task ListAsync(int count)
        {
            await foreach (var entry in backend.ListAsync("all/0500/", null, default))
            {
                if (--count == 0) return;
            }
        }
    }

    private static IKeyValueBackend Backend(BenchmarkHost host, string scope) => host.Services.GetRequiredKeyedService<IKeyValueBackend>(scope);

    private static Task<TimeSpan> RepeatAsync(int count, Func<Task> action) => Sampling.MedianAsync(count, async times =>
    {
        for (var index = 0; index < times; index++) await action();
    });

    private static async Task<TimeSpan> ConcurrentlyAsync(Func<int, int, Task> action)
    {
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var index = 0; index < Puts; index++) await action(writer, index);
        })));
        return Stopwatch.GetElapsedTime(started);
    }

    // All guests at once, each on a thread of its own until it waits.
    private static async Task<TimeSpan> TimeAsync(BenchmarkHost host, int count, Func<int, byte[]> create)
    {
        var modules = await Task.WhenAll(Enumerable.Range(0, count).Select(id => host.Host.LoadAsync(create(id), $"guest{id}").AsTask()));
        await RunAsync();
        var started = Stopwatch.GetTimestamp();
        await RunAsync();
        var elapsed = Stopwatch.GetElapsedTime(started);
        foreach (var module in modules) module.Dispose();
        return elapsed;

        Task RunAsync() => Task.WhenAll(modules.Select(module => Task.Run(() => host.RunAsync(module))));
    }
}
