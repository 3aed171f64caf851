using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Redis.Tests;

/// <summary>The server that tests share which do not harm it; each has a scope of its own there.</summary>
internal static class SharedServer
{
    // Durable to the last commit would make thousands of commits slow, and is tested on servers of their own.
    private static readonly Task<RedisServer> Server = RedisServer.StartAsync("--appendfsync", "everysec");

    public static Task<RedisServer> GetAsync() => Server;

    public static async Task<RedisKeyValueOptions> CreateScopeAsync() =>
        new() { Configuration = (await GetAsync()).Configuration, Scope = Guid.NewGuid().ToString("N") };

    public static async ValueTask<IKeyValueBackend> CreateBackendAsync(TimeProvider timeProvider, int historyLength = 16_384)
    {
        var options = await CreateScopeAsync();
        options.HistoryLength = historyLength;
        return new RedisKeyValueBackend(options, timeProvider);
    }
}
