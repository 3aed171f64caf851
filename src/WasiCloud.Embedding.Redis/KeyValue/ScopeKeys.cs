using StackExchange.Redis;

namespace WasiCloud.Embedding.Redis.KeyValue;

/// <summary>
/// The names of a scope's keys in Redis. They share one hash tag, so that all of a scope is in one slot of a cluster and one script reaches it.
/// </summary>
internal sealed class ScopeKeys
{
    private readonly string _base;
    private readonly byte[] _entryPrefix;
    private readonly RedisKey[] _shared;

    public ScopeKeys(string keyPrefix, string scope)
    {
        _base = $"{{{keyPrefix}{scope}}}:";
        _entryPrefix = System.Text.Encoding.UTF8.GetBytes(_base + "e:");
        _shared = [_base + "state", _base + "index", _base + "expiry", _base + "history"];
    }

    /// <summary>A hash: <c>layout</c>, the version of this arrangement, and <c>revision</c>.</summary>
    public RedisKey State => _shared[0];

    /// <summary>A stream of the latest changes.</summary>
    public RedisKey History => _shared[3];

    /// <summary>Where each commit is announced. What is said does not matter, only that something is.</summary>
    public RedisChannel Announcements => RedisChannel.Literal(_base + "changed");

    /// <summary>State, sorted set of all keys, sorted set of keys by expiry (milliseconds of the server's clock), history: what every script gets.</summary>
    public RedisKey[] Shared => _shared;

    /// <summary>What <c>e:</c>, <c>t:</c>, <c>tokens</c> and <c>changed</c> are appended to.</summary>
    public RedisValue Base => _base;

    /// <summary>The string that holds an entry.</summary>
    public RedisKey Entry(string key) => ((RedisKey)key).Prepend(_entryPrefix);

    /// <summary>The string in which a writer leaves its latest results.</summary>
    public RedisKey Writer(string id) => _base + "w:" + id;
}
