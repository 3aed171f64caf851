using StackExchange.Redis;

namespace WasiCloud.Embedding.Redis;

/// <summary>Where and how a scope is stored. Checked when the application starts.</summary>
public sealed class RedisKeyValueOptions
{
    /// <summary>
    /// The servers, in the syntax of StackExchange.Redis, for example <c>localhost:6379,password=secret,ssl=true</c>. Required unless
    /// <see cref="ConfigurationOptions"/> is set. Redis 6.2 or later, or Valkey, or a service that speaks their protocol and runs their Lua scripts.
    /// </summary>
    public string Configuration { get; set; } = string.Empty;

    /// <summary>The servers and how to connect, for what <see cref="Configuration"/> cannot say, such as certificates; it then takes precedence.</summary>
    /// <remarks>
    /// A copy is used, in which the library sets the timeouts, what happens while there is no connection, the reconnection interval and the channel prefix
    /// (none).
    /// </remarks>
    public ConfigurationOptions? ConfigurationOptions { get; set; }

    /// <summary>
    /// What the names of all keys in Redis begin with, inside of the hash tag: keys are <c>{wc:local}:...</c> by default. At most 200 characters without
    /// braces.
    /// </summary>
    public string KeyPrefix { get; set; } = "wc:";

    /// <summary>
    /// The scope's name within the database. <c>UseRedis</c> sets it to the name of the scope it configures; otherwise <c>default</c>. 1 to 200 characters
    /// without braces.
    /// </summary>
    public string Scope { get; set; } = "default";

    /// <summary>
    /// How long an operation may take, reconnecting and repeating included, before it fails with a <see cref="RedisKeyValueException"/>; 100 milliseconds to 10
    /// minutes, 5 seconds by default. A reply that does not come is noticed up to a quarter of a second later, and a commit may wait as long again for those
    /// before it.
    /// </summary>
    public TimeSpan OperationTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many changes are kept, at least, for watches and prefix checks; 1 to 1 million, 16,384 by default. About 200 more may be kept, and those of the
    /// latest commits. The prefix checks of a
    /// batch read at most 4,096 changes, while the server does nothing else for some milliseconds; if there are more since the revision, they fail.
    /// </summary>
    public int HistoryLength { get; set; } = 16_384;

    /// <summary>
    /// How many idempotency tokens of commits are remembered at a time; 1 to 10 million, 250,000 by default. Each takes the memory of two keys for 15 minutes,
    /// and a commit whose token is one
    /// more is refused with a <see cref="RedisKeyValueException"/> and not applied. Guests' commits have none.
    /// </summary>
    public int MaxTokens { get; set; } = 250_000;

    /// <summary>
    /// How often a waiting watch looks for commits although none was announced, because announcements can be lost when a connection is; 1 millisecond to 1
    /// hour, 1 second by default.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How often, at least, this host deletes expired entries whose own host has ended; 10 milliseconds to 1 day, 30 seconds by default. Reads never see them.
    /// </summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(30);
}
