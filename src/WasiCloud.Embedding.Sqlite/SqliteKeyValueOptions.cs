namespace WasiCloud.Embedding.Sqlite;

/// <summary>Where and how a scope is stored. Checked when the application starts.</summary>
public sealed class SqliteKeyValueOptions
{
    /// <summary>
    /// The database file, created if it does not exist; its directory must exist. Required. Beside it, SQLite keeps <c>-wal</c> and <c>-shm</c> files, and this
    /// library <c>-reserve</c>.
    /// </summary>
    public string Path { get; set; } = string.Empty;

    /// <summary>
    /// The scope's name within the file: different scopes may share one, at the price of taking turns in writing. <c>UseSqlite</c> sets it to the name of the
    /// scope it configures; otherwise <c>default</c>.
    /// </summary>
    public string Scope { get; set; } = "default";

    /// <summary>How durable an acknowledged commit is; by default it survives a power failure.</summary>
    public SqliteSynchronous Synchronous { get; set; } = SqliteSynchronous.Full;

    /// <summary>How long to wait for other processes that write to the file before a commit fails; 0 to 1 hour, 30 seconds by default.</summary>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many reads may run at once, each on a connection of its own; 1 to 1,000, by default twice the number of processors.</summary>
    public int MaxReaders { get; set; } = Math.Clamp(2 * Environment.ProcessorCount, 1, 1000);

    /// <summary>
    /// How many changes are kept, at least, for watches and prefix checks; 1 to 100 million, 100,000 by default. Some 1,000 more may be kept, and of a commit
    /// of more changes than that all for a while.
    /// The prefix checks of a batch read at most 16,384 changes, while nobody else writes; if there are more since the revision, they fail.
    /// </summary>
    public int HistoryLength { get; set; } = 100_000;

    /// <summary>
    /// How many idempotency tokens of commits are remembered at a time; 1 to 10 million, 250,000 by default. Each is remembered for 15 minutes, and a commit
    /// whose token is one more is refused with a
    /// <see cref="SqliteKeyValueException"/> and not applied. Guests' commits have none.
    /// </summary>
    public int MaxTokens { get; set; } = 250_000;

    /// <summary>
    /// How many bytes of the disk are held in a file beside the database, for commits that free room when there is no other: deletions, and what replaces
    /// values by no longer ones. 0 to 1 GiB; 4 MiB by default, as much as SQLite's log takes by itself; 0 holds nothing. Until that room is there again, the
    /// database does not grow. A replacement that is longer than this may not find enough.
    /// </summary>
    public long ReservedBytes { get; set; } = 4L << 20;

    /// <summary>
    /// How often a waiting watch looks for commits of other processes; 1 millisecond to 1 hour, 1 second by default. Commits of this object wake it at once.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);
}
