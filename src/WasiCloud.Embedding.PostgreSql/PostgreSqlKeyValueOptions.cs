using System.Buffers;
using Npgsql;

namespace WasiCloud.Embedding.PostgreSql;

/// <summary>Where and how a scope is stored. Checked when the application starts, without connecting.</summary>
public sealed class PostgreSqlKeyValueOptions
{
    // PostgreSQL cuts names off at 63 bytes; the rest is for the notification channel, "<schema>.<number>".
    private const int MaxSchemaLength = 40;

    private static readonly SearchValues<char> SchemaCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");

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

    /// <summary>Says which option is wrong and why, or <see langword="null"/>.</summary>
    internal string? FindError()
    {
        if (FindConnectionStringError() is { } error) return $"{nameof(PostgreSqlKeyValueOptions)}.{nameof(ConnectionString)} {error}";
        if (!IsSchemaName(Schema)) return Describe(nameof(Schema), Schema, "must be 1 to 40 of a-z, 0-9 and _, beginning neither with a digit nor with 'pg_'");
        if (string.IsNullOrEmpty(Scope) || Scope.Contains('\0', StringComparison.Ordinal))
            return Describe(nameof(Scope), Scope, "must not be empty or contain the character 0");
        if (OperationTimeout < TimeSpan.FromMilliseconds(100) || OperationTimeout > TimeSpan.FromMinutes(10))
            return Describe(nameof(OperationTimeout), OperationTimeout, "must be 100 milliseconds to 10 minutes");
        if (MaxConnections is < 3 or > 1000) return Describe(nameof(MaxConnections), MaxConnections, "must be 3 to 1,000");
        if (HistoryLength is < 1 or > 100_000_000) return Describe(nameof(HistoryLength), HistoryLength, "must be 1 to 100,000,000");
        if (MaxTokens is < 1 or > 10_000_000) return Describe(nameof(MaxTokens), MaxTokens, "must be 1 to 10,000,000");
        return PollInterval < TimeSpan.FromMilliseconds(10) || PollInterval > TimeSpan.FromHours(1)
            ? Describe(nameof(PollInterval), PollInterval, "must be 10 milliseconds to 1 hour")
            : null;
    }

    private static bool IsSchemaName(string name) =>
        name is { Length: > 0 and <= MaxSchemaLength } && !char.IsAsciiDigit(name[0])
        && !name.AsSpan().ContainsAnyExcept(SchemaCharacters) && !name.StartsWith("pg_", StringComparison.Ordinal);

    private static string Describe(string name, object value, string rule) => $"{nameof(PostgreSqlKeyValueOptions)}.{name} is '{value}' but {rule}.";

    // Never repeats the value, which has a password in it.
    private string? FindConnectionStringError()
    {
        try
        {
            return string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(ConnectionString).Host) ? "must name a host." : null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            return "is not a valid Npgsql connection string: " + exception.Message;
        }
    }
}
