using Npgsql;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.PostgreSql;

/// <summary>Sends commits to the server: all of a group in one round trip and one transaction, one call of the server-side function each.</summary>
internal sealed class CommitWriter(string schema, int historyLength, TimeProvider timeProvider)
{
    private readonly string _sql = $"SELECT o_revision, o_failed, o_expires_in FROM {SchemaText.Quote(schema)}.commit_batch($1, $2, $3, $4, $5, $6, $7, $8)";

    /// <summary>Commits.</summary>
    /// <returns>A result for each, once all are durable; and in what time the scope's next entry expires.</returns>
    public async ValueTask<(KeyValueCommitResult[] Results, TimeSpan? ExpiresIn)> CommitAsync(NpgsqlConnection connection, int scope, List<PendingCommit> group, CancellationToken cancellationToken)
    {
        var batch = new NpgsqlBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            var now = timeProvider.GetUtcNow();
            foreach (var commit in group) batch.BatchCommands.Add(ToCommand(commit, scope, now));
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false)) return await ReadResultsAsync(reader, group.Count, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask<(KeyValueCommitResult[] Results, TimeSpan? ExpiresIn)> ReadResultsAsync(NpgsqlDataReader reader, int count, CancellationToken cancellationToken)
    {
        var results = new KeyValueCommitResult[count];
        TimeSpan? expiresIn = null;
        for (var index = 0; index < count; index++)
        {
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            (results[index], expiresIn) = ReadResult(reader);

            // After the last one, this waits for the end of the transaction, which is when it is durable, and throws if it failed.
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        }

        return (results, expiresIn);
    }

    private static (KeyValueCommitResult Result, TimeSpan? ExpiresIn) ReadResult(NpgsqlDataReader reader)
    {
        var (revision, failed) = (reader.GetInt64(0), reader.GetInt32(1));
        var result = failed < 0 ? KeyValueCommitResult.Committed(revision) : KeyValueCommitResult.Conflict(failed, revision);
        return (result, reader.IsDBNull(2) ? null : TimeSpan.FromMicroseconds(reader.GetInt64(2)));
    }

    private static NpgsqlParameter<T> Parameter<T>(T value) => new() { TypedValue = value };

    private NpgsqlBatchCommand ToCommand(PendingCommit commit, int scope, DateTimeOffset now) => new(_sql)
    {
        Parameters =
        {
            Parameter(scope),
            new NpgsqlParameter { Value = commit.Token ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bytea },
            Parameter(commit.Kinds),
            Parameter(commit.Keys),
            Parameter(commit.Conditions),
            Parameter(commit.Values),
            Parameter(commit.LivesFrom(now)),
            Parameter((long)historyLength),
        },
    };
}
