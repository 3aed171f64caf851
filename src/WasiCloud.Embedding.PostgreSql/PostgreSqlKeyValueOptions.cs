namespace WasiCloud.Embedding.PostgreSql;

/// <summary>Where and how a scope is stored. Checked when the application starts, without connecting.</summary>
public sealed class PostgreSqlKeyValueOptions
{
    /// <summary>
    /// The database, in Npgsql's form: <c>Host=...;Username=...;Password=...;Database=...</c>. Required. If several hosts are listed, the primary is used. Pool
    /// sizes and the command's time-out in it are ignored in favour of the options here.
    /// </summary>
    public string ConnectionString { get; set; } = string.Empty;

    /// <summary>
    /// The database schema that holds the tables; <c>wasicloud</c> by default. 1 to 40 of <c>a-z0-9_</c>, not beginning with a digit or <c>pg_</c>. Created on
    /// first use.
    /// </summary>
    public string Schema { get; set; } = "wasicloud";

    /// <summary>
    /// The scope's name within the schema: different scopes may share one. <c>UsePostgreSql</c> sets it to the name of the scope it configures; otherwise
    /// <c>default</c>.
    /// </summary>
    public string Scope { get; set; } = "default";

    /// <summary>
    /// How long a read or commit may take, retries and waiting for locks of other sessions included, before it fails; 100 milliseconds to 10 minutes, 5 seconds
    /// by default. One attempt takes at most half of it.
    /// </summary>
    public TimeSpan OperationTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many connections are open at most; 3 to 1,000, 20 by default. One of them commits, and one listens once there is a watch; the others read.
    /// </summary>
    public int MaxConnections { get; set; } = 20;

    /// <summary>
    /// How many changes are kept, at least, for watches and prefix checks; 1 to 100 million, 100,000 by default. Some 1,000 more may be kept, and of a commit
    /// of more changes than that all for a while.
    /// The prefix checks of a batch read at most 16,384 changes, while nobody else commits; if there are more since the revision, they fail. All hosts should
    /// say the same.
    /// </summary>
    public int HistoryLength { get; set; } = 100_000;

    /// <summary>
    /// How many idempotency tokens of commits are remembered at a time; 1 to 10 million, 250,000 by default. Each is remembered for 15 minutes, and a commit
    /// whose token is one more is refused with a
    /// <see cref="PostgreSqlKeyValueException"/> and not applied. Guests' commits have none.
    /// </summary>
    public int MaxTokens { get; set; } = 250_000;

    /// <summary>
    /// How often a waiting watch looks for changes even if no notification came; 10 milliseconds to 1 hour, 5 seconds by default. Notifications wake it within
    /// milliseconds.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);
}
