using SQLitePCL;

namespace WasiCloud.Embedding.Sqlite;

/// <summary>A prepared statement: bind from 1, step, read columns from 0, reset.</summary>
internal sealed class Statement(Connection connection, sqlite3_stmt handle) : IDisposable
{
    public Statement Bind(int index, long value)
    {
        Check(raw.sqlite3_bind_int64(handle, index, value));
        return this;
    }

    public Statement Bind(int index, long? value)
    {
        Check(value is { } number ? raw.sqlite3_bind_int64(handle, index, number) : raw.sqlite3_bind_null(handle, index));
        return this;
    }

    /// <summary>Binds bytes, which SQLite copies.</summary>
    public Statement Bind(int index, ReadOnlySpan<byte> value)
    {
        Check(raw.sqlite3_bind_blob(handle, index, value));
        return this;
    }

    public Statement BindText(int index, string value)
    {
        Check(raw.sqlite3_bind_text(handle, index, value));
        return this;
    }

    /// <summary>Goes to the next row.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Step()
    {
        var result = raw.sqlite3_step(handle);
        if (result == raw.SQLITE_ROW) return true;
        if (result == raw.SQLITE_DONE) return false;
        var error = connection.Error(result);
        Reset();
        throw error;
    }

    /// <summary>Runs a statement without rows.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    // The result repeats the error of the last step, which was thrown already.
    public void Reset() => raw.sqlite3_reset(handle);

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public long Number(int column) => raw.sqlite3_column_int64(handle, column);

    public long? NumberOrNull(int column) => IsNull(column) ? null : Number(column);

    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(handle, column);

    public string Text(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string() ?? string.Empty;

    public void Dispose() => handle.Dispose();

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK) throw connection.Error(result);
    }
}
