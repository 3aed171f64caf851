using StackExchange.Redis;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Redis.Tests;

/// <summary>Tests of one scope of the shared server, each with a scope of its own, that look at the server as well.</summary>
public abstract class RedisScopeTests : IAsyncLifetime
{
    /// <summary>The scope's.</summary>
    protected RedisKeyValueOptions Options { get; private set; } = null!;

    /// <summary>The server, with its administration.</summary>
    protected ConnectionMultiplexer Raw { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Options = await SharedServer.CreateScopeAsync();
        Raw = await ConnectionMultiplexer.ConnectAsync(Options.Configuration + ",allowAdmin=true");
    }

    public async Task DisposeAsync() => await Raw.DisposeAsync();

    /// <summary>The number with which the scope begins; its first commit has the next one.</summary>
    protected static async Task<long> OriginAsync(RedisKeyValueBackend backend) => (await backend.CommitAsync(new(), default)).Revision;

    protected static async Task<KeyValueCommitResult> PutAsync(RedisKeyValueBackend backend, string key, byte[] value) =>
        await backend.CommitAsync(new(KeyValueOperation.Put(key, value)), default);
}
