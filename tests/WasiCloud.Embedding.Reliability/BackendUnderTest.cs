using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.KeyValue.Setup;

namespace WasiCloud.Embedding.Reliability;

/// <summary>One of the backends, with the server or file that it needs.</summary>
internal sealed class BackendUnderTest : IAsyncDisposable
{
    private readonly Func<ValueTask> _stop;

    private BackendUnderTest(Action<IKeyValueScopeBuilder> use, Func<ValueTask> stop) => (Use, _stop) = (use, stop);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> Names { get; } = ["memory", "sqlite", "redis", "postgresql"];

    /// <summary>Chooses it for a scope.</summary>
    public Action<IKeyValueScopeBuilder> Use { get; }

    /// <summary>Starts what it needs.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public static Task<BackendUnderTest> StartAsync(string name) => name switch
    {
        "memory" => Task.FromResult(new BackendUnderTest(scope => scope.UseMemory(), () => default)),
        "sqlite" => Task.FromResult(StartSqlite()),
        "redis" => StartRedisAsync(),
        "postgresql" => StartPostgreSqlAsync(),
        _ => throw new ArgumentException($"There is no backend '{name}'.", nameof(name)),
    };

    public ValueTask DisposeAsync() => _stop();

    private static async Task<BackendUnderTest> StartRedisAsync()
    {
        var server = await RedisServer.StartAsync();
        return new BackendUnderTest(scope => scope.UseRedis(server.Configuration), server.DisposeAsync);
    }

    private static async Task<BackendUnderTest> StartPostgreSqlAsync()
    {
        var server = await PostgreSqlServer.StartNewAsync(isDurable: true);
        return new BackendUnderTest(scope => scope.UsePostgreSql(server.ConnectionString), server.DisposeAsync);
    }

    private static BackendUnderTest StartSqlite()
    {
        var folder = new TemporaryFolder();
        return new BackendUnderTest(scope => scope.UseSqlite(folder.File("isolation.db")), () =>
        {
            folder.Dispose();
            return default;
        });
    }
}
