using Npgsql;

namespace WasiCloud.Embedding.PostgreSql;

/// <summary>Finds the scope in the database, creating or upgrading tables and functions, and the scope, as needed; asks only once. Thread-safe.</summary>
internal sealed class ScopeSetup(string schema, string name, string host)
{
    // "WCkv" in the high half keeps the lock apart from those of applications that count from 1.
    private const long LockKey = 0x57436B76_00000000;

    private volatile int _scope;

    /// <summary>Finds the scope's number.</summary>
    /// <exception cref="PostgreSqlKeyValueException">The tables are newer than this library.</exception>
    public async ValueTask<int> EnsureAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (_scope != 0) return _scope;
        if (!await HasFunctionAsync(connection, cancellationToken).ConfigureAwait(false))
            await UpgradeAsync(connection, cancellationToken).ConfigureAwait(false);
        ThrowIfNewer(await VersionAsync(connection, cancellationToken).ConfigureAwait(false));
        return _scope = await EnsureScopeAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<object?> QueryAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            foreach (var parameter in parameters) command.Parameters.Add(new NpgsqlParameter { Value = parameter });
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is { } value and not DBNull ? value : null;
        }
    }

    private async ValueTask<int> VersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (int)(await QueryAsync(connection, $"SELECT max(version) FROM {SchemaText.Quote(schema)}.version", cancellationToken).ConfigureAwait(false))!;

    private void ThrowIfNewer(int version)
    {
        if (version <= SchemaText.Version) return;
        var text = $"The schema '{schema}' on {host} has version {version}, "
            + $"but this version of WasiCloud.Embedding.PostgreSql knows only up to {SchemaText.Version}; update the package.";
        throw new PostgreSqlKeyValueException(text) { Host = host };
    }

    private async ValueTask<bool> HasFunctionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Find = "SELECT 1 FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1 AND p.proname = $2";
        return await QueryAsync(connection, Find, cancellationToken, schema, CommitFunction.Name).ConfigureAwait(false) is not null;
    }

    // Asks the catalogue, not to_regclass(), which remembers within a transaction that it did not find the table before the lock was taken.
    private async ValueTask<bool> HasTablesAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await QueryAsync(connection, "SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'version'", cancellationToken, schema)
            .ConfigureAwait(false) is not null;

    // Hosts that start at the same time take turns; the second finds the tables and the function.
    private async ValueTask UpgradeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await QueryAsync(connection, "SELECT pg_advisory_xact_lock($1)", cancellationToken, LockKey).ConfigureAwait(false);
            if (await HasFunctionAsync(connection, cancellationToken).ConfigureAwait(false)) return;
            if (await HasTablesAsync(connection, cancellationToken).ConfigureAwait(false))
                ThrowIfNewer(await VersionAsync(connection, cancellationToken).ConfigureAwait(false));
            else
                await CreateTablesAsync(connection, cancellationToken).ConfigureAwait(false);
            await QueryAsync(connection, SchemaText.Upgrade(schema), cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask CreateTablesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // Not IF NOT EXISTS, which needs the right to create schemas even if an administrator has created this one.
        if (await QueryAsync(connection, "SELECT 1 FROM pg_namespace WHERE nspname = $1", cancellationToken, schema).ConfigureAwait(false) is null)
            await QueryAsync(connection, $"CREATE SCHEMA {SchemaText.Quote(schema)}", cancellationToken).ConfigureAwait(false);
        await QueryAsync(connection, SchemaText.Create(schema), cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<int> EnsureScopeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var table = SchemaText.Quote(schema) + ".scope";
        var find = $"SELECT id FROM {table} WHERE name = $1";
        if (await QueryAsync(connection, find, cancellationToken, name).ConfigureAwait(false) is int known) return known;
        var add = $"INSERT INTO {table}(name, revision, lost, tokens_trimmed) VALUES ($1, 0, 0, clock_timestamp()) ON CONFLICT (name) DO NOTHING";
        await QueryAsync(connection, add, cancellationToken, name).ConfigureAwait(false);
        return (int)(await QueryAsync(connection, find, cancellationToken, name).ConfigureAwait(false))!;
    }
}
