using System.Globalization;
using SQLitePCL;

namespace WasiCloud.Embedding.Sqlite;

/// <summary>One SQLite connection; used by one thread at a time.</summary>
internal sealed class Connection : IDisposable
{
    private readonly sqlite3 _handle;

    static Connection() => Batteries_V2.Init();

    public Connection(SqliteKeyValueOptions options, string path, bool isWriter)
    {
        Path = path;
        var flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX | (isWriter ? raw.SQLITE_OPEN_CREATE : 0);
        var result = raw.sqlite3_open_v2(path, out _handle, flags, null);
        try
        {
            if (result != raw.SQLITE_OK) throw Error(result);

            // SQLite falls back to read-only silently, and would fail at the first commit only.
            if (raw.sqlite3_db_readonly(_handle, "main") == 1) throw new SqliteKeyValueException(path, raw.SQLITE_READONLY, "the file is read-only");
            raw.sqlite3_extended_result_codes(_handle, 1);
            raw.sqlite3_busy_timeout(_handle, (int)options.BusyTimeout.TotalMilliseconds);
            Execute("PRAGMA mmap_size=0");
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    public string Path { get; }

    /// <summary>How many rows the latest statement has changed.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    public bool IsInTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    public Statement Prepare(string sql)
    {
        var result = raw.sqlite3_prepare_v2(_handle, sql, out var statement);
        return result == raw.SQLITE_OK ? new Statement(this, statement) : throw Error(result);
    }

    public void Execute(string sql)
    {
        using var statement = Prepare(sql);
        while (statement.Step())
        {
        }
    }

    public string QueryText(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Step() ? statement.Text(0) : string.Empty;
    }

    public long QueryNumber(string sql) => long.Parse(QueryText(sql), CultureInfo.InvariantCulture);

    public SqliteKeyValueException Error(int result)
    {
        var extended = _handle.IsInvalid ? result : raw.sqlite3_extended_errcode(_handle);
        return new(Path, extended == 0 ? result : extended, raw.sqlite3_errmsg(_handle).utf8_to_string());
    }

    public void Dispose() => _handle.Dispose();
}
