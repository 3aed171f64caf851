namespace WasiCloud.Embedding.Sqlite;

/// <summary>Checks what <see cref="SqliteKeyValueOptions"/> documents.</summary>
internal sealed class SqliteKeyValueOptionsValidator : OptionsValidator<SqliteKeyValueOptions>
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public static SqliteKeyValueOptionsValidator Instance { get; } = new();

    protected override void Check(SqliteKeyValueOptions options, OptionProblems problems)
    {
        problems.Require(!string.IsNullOrWhiteSpace(options.Path), options.Path, "must name a file");
        problems.Require(
            options.Path?.StartsWith(':') != true && options.Path?.StartsWith("file:", StringComparison.Ordinal) != true,
            options.Path, "must be a plain file name, neither in memory nor a URI");
        problems.Require(!string.IsNullOrEmpty(options.Scope), options.Scope, "must not be empty");
        problems.Defined(options.Synchronous);
        problems.Range(options.BusyTimeout, TimeSpan.Zero, Hour);
        problems.Range(options.MaxReaders, 1, 1_000);
        problems.Range(options.HistoryLength, 1, 100_000_000);
        problems.Range(options.MaxTokens, 1, 10_000_000);
        problems.Range(options.ReservedBytes, 0, 1L << 30);
        problems.Range(options.PollInterval, TimeSpan.FromMilliseconds(1), Hour);
    }
}
