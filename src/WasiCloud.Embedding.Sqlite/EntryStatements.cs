using System.Runtime.InteropServices;
using System.Text;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Sqlite;

/// <summary>What the writer does to entries and their content.</summary>
internal sealed class EntryStatements(Connection connection, long scope) : IDisposable
{
    private readonly Statement _find = connection.Prepare("SELECT revision, content FROM entry WHERE scope=?1 AND key=?2");
    private readonly Statement _size = connection.Prepare("SELECT size FROM entry WHERE scope=?1 AND key=?2");
    private readonly Statement _put = connection.Prepare(
        "INSERT OR REPLACE INTO entry(scope, key, revision, size, modified, expires, value, content) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    private readonly Statement _delete = connection.Prepare("DELETE FROM entry WHERE scope=?1 AND key=?2");
    private readonly Statement _addContent = connection.Prepare("INSERT INTO content(value) VALUES(?1) RETURNING id");
    private readonly Statement _setContent = connection.Prepare("UPDATE content SET value=?2 WHERE id=?1");
    private readonly Statement _deleteContent = connection.Prepare("DELETE FROM content WHERE id=?1");
    private readonly Statement _expired = connection.Prepare("SELECT key, content FROM entry WHERE scope=?1 AND expires<=?2 ORDER BY expires LIMIT 1");
    private readonly Statement _nextExpiry = connection.Prepare("SELECT min(expires) FROM entry WHERE scope=?1 AND expires IS NOT NULL");

    public FoundEntry Find(string key)
    {
        Span<byte> buffer = stackalloc byte[KeyValueKey.MaxBytes];
        _find.Bind(1, scope).Bind(2, buffer[..Encoding.UTF8.GetBytes(key, buffer)]);
        var found = _find.Step() ? new FoundEntry(_find.Number(0), _find.NumberOrNull(1)) : default;
        _find.Reset();
        return found;
    }

    /// <summary>How long a value is; <see langword="null"/> if there is none.</summary>
    public long? FindSize(string key)
    {
        Span<byte> buffer = stackalloc byte[KeyValueKey.MaxBytes];
        long? size = _size.Bind(1, scope).Bind(2, buffer[..Encoding.UTF8.GetBytes(key, buffer)]).Step() ? _size.Number(0) : null;
        _size.Reset();
        return size;
    }

    public void Put(ReadOnlySpan<byte> key, KeyValueOperation operation, long? oldContent, long revision, DateTimeOffset now)
    {
        var value = operation.Value.Span;
        var isInline = value.Length <= Schema.MaxInlineBytes;
        var content = isInline ? null : StoreContent(oldContent, value);
        if (isInline && oldContent is { } unused) _deleteContent.Bind(1, unused).Run();
        _put.Bind(1, scope).Bind(2, key).Bind(3, revision).Bind(4, value.Length).Bind(5, now.UtcTicks).Bind(6, operation.Expires?.UtcTicks);
        if (isInline) _put.Bind(7, value);
        else _put.Bind(7, (long?)null);
        _put.Bind(8, content).Run();
    }

    public void Delete(ReadOnlySpan<byte> key, long? content)
    {
        if (content is { } id) _deleteContent.Bind(1, id).Run();
        _delete.Bind(1, scope).Bind(2, key).Run();
    }

    /// <summary>Finds an entry that has expired.</summary>
    public ExpiredEntry? FindExpired(DateTimeOffset now)
    {
        var expired = _expired.Bind(1, scope).Bind(2, now.UtcTicks).Step() ? new ExpiredEntry(_expired.Blob(0).ToArray(), _expired.NumberOrNull(1)) : null;
        _expired.Reset();
        return expired;
    }

    public DateTimeOffset? NextExpiry()
    {
        _nextExpiry.Bind(1, scope).Step();
        var ticks = _nextExpiry.NumberOrNull(0);
        _nextExpiry.Reset();
        return ticks is { } value ? new DateTimeOffset(value, TimeSpan.Zero) : null;
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _find, _size, _put, _delete, _addContent, _setContent, _deleteContent, _expired, _nextExpiry }) statement.Dispose();
    }

    private long? StoreContent(long? oldContent, ReadOnlySpan<byte> value)
    {
        if (oldContent is { } id)
        {
            _setContent.Bind(1, id).Bind(2, value).Run();
            return id;
        }

        _addContent.Bind(1, value).Step();
        var added = _addContent.Number(0);
        _addContent.Reset();
        return added;
    }
}

/// <summary>An entry as a condition sees it; revision 0 if there is none.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FoundEntry(long Revision, long? Content);

/// <summary>An entry to delete.</summary>
internal sealed record ExpiredEntry(byte[] Key, long? Content);
