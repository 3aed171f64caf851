using System.Buffers;
using Npgsql;

namespace WasiCloud.Embedding.PostgreSql;

/// <summary>Checks what <see cref="PostgreSqlKeyValueOptions"/> documents.</summary>
internal sealed class PostgreSqlKeyValueOptionsValidator : OptionsValidator<PostgreSqlKeyValueOptions>
{
    // PostgreSQL cuts names off at 63 bytes; the rest is for the notification channel, "<schema>.<number>".
    private const int MaxSchemaLength = 40;

    private static readonly SearchValues<char> SchemaCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");

    public static PostgreSqlKeyValueOptionsValidator Instance { get; } = new();

    protected override void Check(PostgreSqlKeyValueOptions options, OptionProblems problems)
    {
        if (FindConnectionStringError(options.ConnectionString) is { } error) problems.Add(nameof(options.ConnectionString), error);
        problems.Require(IsSchemaName(options.Schema), options.Schema, "must be 1 to 40 of a-z, 0-9 and _, beginning neither with a digit nor with 'pg_'");
        problems.Require(
            options.Scope is { Length: > 0 } scope && !scope.Contains('\0', StringComparison.Ordinal),
            options.Scope, "must not be empty or contain the character 0");
        problems.Range(options.OperationTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        problems.Range(options.MaxConnections, 3, 1_000);
        problems.Range(options.HistoryLength, 1, 100_000_000);
        problems.Range(options.MaxTokens, 1, 10_000_000);
        problems.Range(options.PollInterval, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
    }

    private static bool IsSchemaName(string? name) =>
        name is { Length: > 0 and <= MaxSchemaLength } && !char.IsAsciiDigit(name[0])
        && !name.AsSpan().ContainsAnyExcept(SchemaCharacters) && !name.StartsWith("pg_", StringComparison.Ordinal);

    // Never repeats the value, which has a password in it.
    private static string? FindConnectionStringError(string? connectionString)
    {
        try
        {
            return string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(connectionString).Host) ? "must name a host." : null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            return "is not a valid Npgsql connection string: " + exception.Message;
        }
    }
}
