using StackExchange.Redis;

namespace WasiCloud.Embedding.Redis.Server;

/// <summary>Asks a server for its time, in milliseconds, which is what deadlines are compared with.</summary>
internal static class ServerTime
{
    // KEYS only say which server of a cluster is meant.
    private static readonly Script Read = new("""
        local time = redis.call('TIME')
        return time[1] * 1000 + math.floor(time[2] / 1000)
        """);

    /// <summary>Asks the server that has a key.</summary>
    public static async Task<DateTimeOffset> ReadAsync(IDatabase database, RedisKey key) =>
        DateTimeOffset.FromUnixTimeMilliseconds((long)await Read.RunAsync(database, [key], []).ConfigureAwait(false));
}
