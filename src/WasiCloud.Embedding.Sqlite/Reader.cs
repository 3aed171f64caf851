using System.Text;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Sqlite;

/// <summary>A connection for reading, with its statements prepared.</summary>
internal sealed class Reader : IDisposable
{
    private const string ListColumns = "SELECT key, revision, size, modified, expires FROM entry WHERE scope=?1 AND key";
    private const string ListRest = "?2 AND key<?3 ORDER BY key LIMIT ?4";

    private readonly Connection _connection;
    private readonly long _scope;
    private readonly Statement _get;
    private readonly Statement _listFrom;
    private readonly Statement _listAfter;
    private readonly Statement _state;
    private readonly Statement _changes;

    public Reader(SqliteKeyValueOptions options, string path, long scope)
    {
        _scope = scope;
        _connection = new Connection(options, path, isWriter: false);
        _get = _connection.Prepare("""
            SELECT revision, size, modified, expires, CASE WHEN size > ?3 THEN NULL WHEN content IS NULL THEN value
                ELSE (SELECT content.value FROM content WHERE content.id = entry.content) END
            FROM entry WHERE scope=?1 AND key=?2
            """);
        _listFrom = _connection.Prepare($"{ListColumns}>={ListRest}");
        _listAfter = _connection.Prepare($"{ListColumns}>{ListRest}");
        _state = _connection.Prepare("SELECT revision, lost FROM scope WHERE id=?1");
        _changes = _connection.Prepare("""
            SELECT revision, ordinal, kind, key FROM change
            WHERE scope=?1 AND (revision, ordinal) > (?2, ?3) AND key>=?4 AND key<?5 ORDER BY revision, ordinal LIMIT ?6
            """);
    }

    public KeyValueEntry? Get(string key, int maxValueLength, TimeProvider timeProvider)
    {
        Span<byte> buffer = stackalloc byte[KeyValueKey.MaxBytes];
        _get.Bind(1, _scope).Bind(2, buffer[..Encoding.UTF8.GetBytes(key, buffer)]).Bind(3, maxValueLength);
        try
        {
            if (!_get.Step()) return null;
            var expires = Time(_get.NumberOrNull(3));
            if (expires <= timeProvider.GetUtcNow()) return null;
            var size = _get.Number(1);
            return new KeyValueEntry
            {
                Key = key,
                Revision = _get.Number(0),
                Size = size,
                Modified = new DateTimeOffset(_get.Number(2), TimeSpan.Zero),
                Expires = expires,
                Value = size > maxValueLength ? default(ReadOnlyMemory<byte>?) : _get.Blob(4).ToArray(),
            };
        }
        finally
        {
            _get.Reset();
        }
    }

    /// <summary>
    /// Reads a page of a listing. Those that have expired count for it, so that a page is a page however many there are that nobody has deleted yet.
    /// </summary>
    /// <returns>After which key to read on; <see langword="null"/> if there are no more.</returns>
    public string? List(byte[] prefix, byte[]? startAfter, int count, DateTimeOffset now, List<KeyValueEntry> page)
    {
        var isAfter = startAfter is not null && startAfter.AsSpan().SequenceCompareTo(prefix) >= 0;
        var list = isAfter ? _listAfter : _listFrom;
        list.Bind(1, _scope).Bind(2, isAfter ? startAfter : prefix).Bind(3, EndOf(prefix)).Bind(4, count);
        try
        {
            var read = 0;
            string? key = null;
            for (; list.Step(); read++)
            {
                key = Encoding.UTF8.GetString(list.Blob(0));
                var expires = Time(list.NumberOrNull(4));
                if (expires <= now) continue;
                page.Add(new KeyValueEntry
                {
                    Key = key,
                    Revision = list.Number(1),
                    Size = list.Number(2),
                    Modified = new DateTimeOffset(list.Number(3), TimeSpan.Zero),
                    Expires = expires,
                });
            }

            return read < count ? null : key;
        }
        finally
        {
            list.Reset();
        }
    }

    public long Revision() => State().Revision;

    /// <summary>Reads changes that follow a position, in one snapshot with what is known of lost ones.</summary>
    /// <returns>The position behind, or <see langword="null"/> if changes in between are lost.</returns>
    public ChangePosition? ReadChanges(byte[] prefix, ChangePosition after, int count, List<KeyValueChange> page)
    {
        _connection.Execute("BEGIN");
        try
        {
            var (revision, lost) = State();
            if (after.IsLost(lost)) return null;
            _changes.Bind(1, _scope).Bind(2, after.Revision).Bind(3, after.Ordinal).Bind(4, prefix).Bind(5, EndOf(prefix)).Bind(6, count);
            while (_changes.Step())
            {
                after = new ChangePosition(_changes.Number(0), _changes.Number(1));
                page.Add(new(Encoding.UTF8.GetString(_changes.Blob(3)), (KeyValueChangeKind)_changes.Number(2), after.Revision));
            }

            // Nothing more up to now: the next look need not pass over what does not match.
            return page.Count < count && revision > after.Revision ? ChangePosition.After(revision) : after;
        }
        finally
        {
            _changes.Reset();
            _connection.Execute("COMMIT");
        }
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _get, _listFrom, _listAfter, _state, _changes }) statement.Dispose();
        _connection.Dispose();
    }

    // No UTF-8 text has a byte 0xFF, so this follows all that start with the prefix.
    private static byte[] EndOf(byte[] prefix) => [.. prefix, 0xFF];

    private static DateTimeOffset? Time(long? ticks) => ticks is { } value ? new DateTimeOffset(value, TimeSpan.Zero) : null;

    private (long Revision, long Lost) State()
    {
        _state.Bind(1, _scope).Step();
        var state = (_state.Number(0), _state.Number(1));
        _state.Reset();
        return state;
    }
}
