using System.Text;
using Npgsql;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.PostgreSql;

/// <summary>Reads the change table. Thread-safe.</summary>
internal sealed class ChangeReader(string schema)
{
    // One statement and so one snapshot: what is known of lost changes belongs to the changes found.
    private readonly string _sql = $"""
        SELECT s.revision, s.lost, (extract(epoch FROM s.next_expiry - clock_timestamp()) * 1000000)::bigint, c.revision, c.ordinal, c.kind, c.key
        FROM {SchemaText.Quote(schema)}.scope s LEFT JOIN LATERAL (
            SELECT h.revision, h.ordinal, h.kind, h.key FROM {SchemaText.Quote(schema)}.change h
            WHERE h.scope = s.id AND (h.revision, h.ordinal) > ($2, $3) AND h.key >= $4 AND h.key < $5 ORDER BY h.revision, h.ordinal LIMIT $6) c ON true
        WHERE s.id = $1 ORDER BY c.revision, c.ordinal
        """;

    /// <summary>Reads changes that follow a position.</summary>
    /// <returns>The changes, or <see langword="null"/> if some in between are lost.</returns>
    public async ValueTask<ChangePage?> ReadAsync(
        NpgsqlConnection connection, int scope, byte[] prefix, ChangePosition after, int count, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(_sql, connection);
        await using (command.ConfigureAwait(false))
        {
            Add(command, scope);
            Add(command, after.Revision);
            Add(command, after.Ordinal);
            Add(command, prefix);
            Add(command, EntryReader.EndOf(prefix));
            Add(command, count);
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false)) return await ReadPageAsync(reader, after, count, cancellationToken).ConfigureAwait(false);
        }
    }

    private static void Add<T>(NpgsqlCommand command, T value) => command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });

    private static TimeSpan? ReadExpiry(NpgsqlDataReader reader) => reader.IsDBNull(2) ? null : TimeSpan.FromMicroseconds(reader.GetInt64(2));

    // A scope without changes there is a row without a change.
    private static KeyValueChange? ReadChange(NpgsqlDataReader reader, ref ChangePosition position)
    {
        if (reader.IsDBNull(3)) return null;
        position = new ChangePosition(reader.GetInt64(3), reader.GetInt64(4));
        return new(Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(6)), (KeyValueChangeKind)reader.GetInt16(5), position.Revision);
    }

    private static async ValueTask<ChangePage?> ReadPageAsync(NpgsqlDataReader reader, ChangePosition after, int count, CancellationToken cancellationToken)
    {
        var changes = new List<KeyValueChange>();
        var revision = 0L;
        TimeSpan? expiresIn = null;
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            revision = reader.GetInt64(0);
            if (changes.Count == 0 && after.IsLost(reader.GetInt64(1))) return null;
            expiresIn = ReadExpiry(reader);
            if (ReadChange(reader, ref after) is not { } change) break;
            changes.Add(change);
        }

        // Nothing more up to now: the next look need not pass over what does not match.
        return new ChangePage(changes, changes.Count < count && revision > after.Revision ? ChangePosition.After(revision) : after, expiresIn);
    }
}

/// <summary>Some changes, where to read on, and in what time the scope's next entry expires.</summary>
internal sealed record ChangePage(List<KeyValueChange> Changes, ChangePosition End, TimeSpan? ExpiresIn);
