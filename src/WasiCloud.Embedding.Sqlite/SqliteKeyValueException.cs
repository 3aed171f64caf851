using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Sqlite;

/// <summary>SQLite could not do its work. The message names the file and says what SQLite says.</summary>
public sealed class SqliteKeyValueException : KeyValueStoreException
{
    /// <summary>Creates the exception.</summary>
    public SqliteKeyValueException()
        : this("SQLite failed.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed.</param>
    public SqliteKeyValueException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed.</param>
    /// <param name="innerException">The cause.</param>
    public SqliteKeyValueException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal SqliteKeyValueException(string path, int errorCode, string text)
        : base($"'{path}': {text} (SQLite error {errorCode}).")
    {
        (Path, ErrorCode, IsFull) = (path, errorCode, (errorCode & 0xFF) == SQLitePCL.raw.SQLITE_FULL);
    }

    /// <summary>The database file.</summary>
    public string Path { get; } = string.Empty;

    /// <summary>SQLite's extended result code, such as 13 for a full disk or 8 for a read-only file; 0 if SQLite itself did not fail.</summary>
    public int ErrorCode { get; }
}
