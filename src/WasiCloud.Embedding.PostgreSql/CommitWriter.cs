using Npgsql;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.PostgreSql;

/// <summary>Sends commits to the server: all of a group in one round trip and one transaction, one call of the server-side function each.</summary>
internal sealed class CommitWriter(PostgreSqlKeyValueOptions options, TimeProvider timeProvider)
{
    // Its latest group of commits is kept in the server under this name, so that a repeated one is recognized. What is kept does not grow with the number of
    // commits.
    private readonly byte[] _writer = Guid.NewGuid().ToByteArray();

    private readonly string _sql =
        $"SELECT o_revision, o_failed, o_expires_in, o_now FROM {SchemaText.Quote(options.Schema)}.{CommitFunction.Name}"
        + "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

    private readonly StoreClock _clock = new(timeProvider);

    /// <summary>Commits.</summary>
    /// <returns>
    /// A result for each, once all are durable, <see langword="null"/> for those that were not applied and are to be sent again; and in what time the scope's
    /// next entry expires.
    /// </returns>
    public async ValueTask<(KeyValueCommitResult?[] Results, TimeSpan? ExpiresIn)> CommitAsync(
        NpgsqlConnection connection, int scope, List<PendingCommit> group, CancellationToken cancellationToken)
    {
        if (!_clock.IsKnown) await AskClockAsync(connection, cancellationToken).ConfigureAwait(false);
        var batch = new NpgsqlBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            var (now, sent) = (timeProvider.GetUtcNow(), timeProvider.GetTimestamp());
            foreach (var commit in group) batch.BatchCommands.Add(ToCommand(commit, scope, now));
            try
            {
                var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false)) return await ReadResultsAsync(reader, group.Count, sent, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException exception) when (exception.SqlState == CommitFunction.Late)
            {
                // Its clock was set, or is that of another server.
                _clock.Forget();
                throw;
            }
        }
    }

    private async ValueTask AskClockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand("SELECT clock_timestamp()", connection);
        await using (command.ConfigureAwait(false))
        {
            var sent = timeProvider.GetTimestamp();
            var time = (DateTime)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
            _clock.Observe(sent, new DateTimeOffset(time));
        }
    }

    private async ValueTask<(KeyValueCommitResult?[] Results, TimeSpan? ExpiresIn)> ReadResultsAsync(
        NpgsqlDataReader reader, int count, long sent, CancellationToken cancellationToken)
    {
        var results = new KeyValueCommitResult?[count];
        TimeSpan? expiresIn = null;
        for (var index = 0; index < count; index++)
        {
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            (results[index], expiresIn) = ReadResult(reader);
            if (index == count - 1) _clock.Observe(sent, new DateTimeOffset(reader.GetDateTime(3)));

            // After the last one, this waits for the end of the transaction, which is when it is durable, and throws if it failed.
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        }

        return (results, expiresIn);
    }

    private static (KeyValueCommitResult? Result, TimeSpan? ExpiresIn) ReadResult(NpgsqlDataReader reader)
    {
        var (revision, failed) = (reader.GetInt64(0), reader.GetInt32(1));
        KeyValueCommitResult? result = failed < 0 ? KeyValueCommitResult.Committed(revision) : KeyValueCommitResult.Conflict(failed, revision);
        return (failed == CommitFunction.IsSweeping ? null : result, reader.IsDBNull(2) ? null : TimeSpan.FromMicroseconds(reader.GetInt64(2)));
    }

    private static NpgsqlParameter<T> Parameter<T>(T value) => new() { TypedValue = value };

    private static NpgsqlParameter Bytes(byte[]? value) => new() { Value = value ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bytea };

    private NpgsqlBatchCommand ToCommand(PendingCommit commit, int scope, DateTimeOffset now) => new(_sql)
    {
        Parameters =
        {
            Parameter(scope),
            Bytes(commit.Token),
            Bytes(commit.IsRemembered ? _writer : null),
            Parameter(commit.Group),
            Parameter(commit.Index),
            Parameter(commit.IsRepeated),
            Parameter(_clock.At(commit.Start, options.OperationTimeout).UtcDateTime),
            Parameter(commit.Kinds),
            Parameter(commit.Keys),
            Parameter(commit.Conditions),
            Parameter(commit.Values),
            Parameter(commit.LivesFrom(now)),
            Parameter((long)options.HistoryLength),
            Parameter((long)options.MaxTokens),
        },
    };
}
