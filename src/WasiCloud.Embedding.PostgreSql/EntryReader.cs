using System.Data;
using System.Text;
using Npgsql;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.PostgreSql;

/// <summary>Gets and lists entries, each with one statement and so with one round trip. Thread-safe.</summary>
internal sealed class EntryReader
{
    private readonly string _get;
    private readonly string _listFrom;
    private readonly string _listAfter;
    private readonly string _revision;

    public EntryReader(string schema)
    {
        const string Lives = "(expires IS NULL OR expires > clock_timestamp())";
        var table = SchemaText.Quote(schema) + ".entry";
        _get = $"SELECT revision, size, modified, expires, CASE WHEN size <= $3 THEN value END FROM {table} WHERE scope = $1 AND key = $2 AND {Lives}";

        // Those that have expired too, so that a page is a page however many there are that nobody has deleted yet.
        _listFrom = $"SELECT revision, size, modified, expires, key, {Lives} FROM {table} WHERE scope = $1 AND key >= $2 AND key < $3 ORDER BY key LIMIT $4";
        _listAfter = _listFrom.Replace(">= $2", "> $2", StringComparison.Ordinal);
        _revision = $"SELECT revision FROM {SchemaText.Quote(schema)}.scope WHERE id = $1";
    }

    // No UTF-8 text has a byte 0xFF, so this follows all that start with the prefix.
    public static byte[] EndOf(byte[] prefix) => [.. prefix, 0xFF];

    public async ValueTask<KeyValueEntry?> GetAsync(NpgsqlConnection connection, int scope, string key, int maxValueLength, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(_get, connection);
        await using (command.ConfigureAwait(false))
        {
            Add(command, scope);
            Add(command, Encoding.UTF8.GetBytes(key));
            Add(command, maxValueLength);
            var reader = await command.ExecuteReaderAsync(CommandBehavior.SingleRow, cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) return null;
                return ReadEntry(reader, key) with { Value = ReadValue(reader) };
            }
        }
    }

    /// <summary>Reads a page of a listing.</summary>
    /// <returns>The entries, and after which key to read on if there may be more.</returns>
    public async ValueTask<(List<KeyValueEntry> Page, byte[]? ReadTo)> ListAsync(
        NpgsqlConnection connection, int scope, ListRange range, int count, CancellationToken cancellationToken)
    {
        var isAfter = range.StartAfter is not null && range.StartAfter.AsSpan().SequenceCompareTo(range.Prefix) >= 0;
        var command = new NpgsqlCommand(isAfter ? _listAfter : _listFrom, connection);
        await using (command.ConfigureAwait(false))
        {
            Add(command, scope);
            Add(command, isAfter ? range.StartAfter! : range.Prefix);
            Add(command, EndOf(range.Prefix));
            Add(command, count);
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var page = new List<KeyValueEntry>();
                var read = 0;
                byte[]? last = null;
                for (; await reader.ReadAsync(cancellationToken).ConfigureAwait(false); read++)
                {
                    last = ReadKey(reader);
                    if (reader.GetBoolean(5)) page.Add(ReadEntry(reader, Encoding.UTF8.GetString(last)));
                }

                return (page, read < count ? null : last);
            }
        }
    }

    public async ValueTask<long> GetRevisionAsync(NpgsqlConnection connection, int scope, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(_revision, connection);
        await using (command.ConfigureAwait(false))
        {
            Add(command, scope);
            return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }

    private static void Add<T>(NpgsqlCommand command, T value) => command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });

    // A row is read as a whole, so that none of these waits.
    private static ReadOnlyMemory<byte>? ReadValue(NpgsqlDataReader reader) =>
        reader.IsDBNull(4) ? null : (ReadOnlyMemory<byte>?)reader.GetFieldValue<byte[]>(4);

    private static byte[] ReadKey(NpgsqlDataReader reader) => reader.GetFieldValue<byte[]>(4);

    private static KeyValueEntry ReadEntry(NpgsqlDataReader reader, string key) => new()
    {
        Key = key,
        Revision = reader.GetInt64(0),
        Size = reader.GetInt32(1),
        Modified = reader.GetFieldValue<DateTimeOffset>(2),
        Expires = reader.IsDBNull(3) ? null : reader.GetFieldValue<DateTimeOffset>(3),
    };
}

/// <summary>What a listing still has to list.</summary>
internal sealed record ListRange(byte[] Prefix, byte[]? StartAfter);
