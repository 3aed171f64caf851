using System.Runtime.CompilerServices;
using System.Text;
using Npgsql;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.PostgreSql;

/// <summary>A scope in a PostgreSQL database (12 or later), shared by any number of hosts.</summary>
/// <remarks>
/// Thread-safe. Connects on first use, when it also creates its tables. Reads go to the primary server and see every acknowledged commit. Commits that arrive
/// together share a transaction and are as durable as the server's <c>synchronous_commit</c> makes them. Times are the server's; a time to live is counted from
/// the arrival of the commit there. Broken connections, restarts and failovers are waited out up to <see cref="PostgreSqlKeyValueOptions.OperationTimeout"/>;
/// what takes longer, or fails otherwise, is a <see cref="PostgreSqlKeyValueException"/>. A commit is applied at most once, however often it had to be sent. A
/// watch that has begun outlives outages of any length. Values have at most 1 GiB less some kilobytes, and a batch as much altogether.
/// </remarks>
public sealed class PostgreSqlKeyValueBackend : IKeyValueBackend, IAsyncDisposable
{
    private const int FirstPage = 16;
    private const int LargestPage = 256;

    private readonly PostgreSqlKeyValueOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly Database _database;
    private readonly ScopeSetup _setup;
    private readonly EntryReader _entries;
    private readonly ChangeReader _changes;
    private readonly CommitWriter _writer;
    private readonly CommitQueue _commits;
    private readonly ExpirySweep _sweep;
    private readonly ChangeListener _listener;
    private readonly ChangeSignal _signal = new();

    /// <summary>Creates the backend, without connecting.</summary>
    /// <param name="options">Where and how; not changed afterwards.</param>
    /// <param name="timeProvider">The clock for waiting, and from which a time to live is counted; by default the system's.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public PostgreSqlKeyValueBackend(PostgreSqlKeyValueOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        PostgreSqlKeyValueOptionsValidator.Instance.ThrowIfInvalid(options, nameof(options));
        (_options, _timeProvider) = (options, timeProvider ?? TimeProvider.System);
        _database = new Database(options, _timeProvider);
        _setup = new ScopeSetup(options.Schema, options.Scope, _database.Host);
        _entries = new EntryReader(options.Schema);
        _changes = new ChangeReader(options.Schema);
        _writer = new CommitWriter(options, _timeProvider);
        _sweep = new ExpirySweep(_timeProvider, options.PollInterval, () => _commits!.CommitAsync(new KeyValueBatch(), CancellationToken.None).AsTask());
        _commits = new CommitQueue(_database, _timeProvider, WriteAsync);
        _listener = new ChangeListener(
            _database,
            async (connection, time) => SchemaText.Channel(options.Schema, await _setup.EnsureAsync(connection, time).ConfigureAwait(false)),
            _signal.Raise);
    }

    /// <inheritdoc/>
    public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken)
    {
        KeyValueKey.ThrowIfInvalid(key);
        return _database.RunAsync(
            "get",
            (Backend: this, key, maxValueLength),
            static async (connection, state, time) =>
            {
                var scope = await state.Backend._setup.EnsureAsync(connection, time).ConfigureAwait(false);
                return await state.Backend._entries.GetAsync(connection, scope, state.key, state.maxValueLength, time).ConfigureAwait(false);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        KeyValueKey.ThrowIfInvalidPrefix(prefix);
        var range = new ListRange(Encoding.UTF8.GetBytes(prefix), startAfter is null ? null : Encoding.UTF8.GetBytes(startAfter));
        for (var size = FirstPage; ; size = Math.Min(size * 2, LargestPage))
        {
            var (page, readTo) = await _database.RunAsync(
                "list",
                (Backend: this, range, size),
                static async (connection, state, time) =>
                {
                    var scope = await state.Backend._setup.EnsureAsync(connection, time).ConfigureAwait(false);
                    return await state.Backend._entries.ListAsync(connection, scope, state.range, state.size, time).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
            foreach (var entry in page) yield return entry;
            if (readTo is null) yield break;
            range = range with { StartAfter = readTo };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();
        if (batch.Operations.Count > 0) return await _commits.CommitAsync(batch, cancellationToken).ConfigureAwait(false);

        // Only asks for the revision, which needs no turn among the commits.
        return KeyValueCommitResult.Committed(await _database.RunAsync(
            "commit",
            this,
            static async (connection, backend, time) =>
            {
                var scope = await backend._setup.EnsureAsync(connection, time).ConfigureAwait(false);
                return await backend._entries.GetRevisionAsync(connection, scope, time).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        KeyValueKey.ThrowIfInvalidPrefix(prefix);
        var prefixBytes = Encoding.UTF8.GetBytes(prefix);
        var position = ChangePosition.After(afterRevision);
        _listener.Start();
        for (var hasBegun = false; ; hasBegun = true)
        {
            var next = _signal.Next;
            var page = await ReadChangesAsync(prefixBytes, position, isPatient: hasBegun, cancellationToken).ConfigureAwait(false)
                ?? throw new KeyValueHistoryLostException();
            position = page.End;
            _sweep.Schedule(page.ExpiresIn);
            foreach (var change in page.Changes) yield return change;
            if (page.Changes.Count > 0) continue;

            // Ends by a commit here, a notification, the time to look without one, or cancellation.
            await next.WaitAsync(_options.PollInterval, _timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>
    /// Completes the commits that were begun and closes the connections. Reads, commits and watches afterwards throw <see cref="ObjectDisposedException"/>.
    /// </summary>
    /// <returns>When they are closed.</returns>
    public async ValueTask DisposeAsync()
    {
        await _sweep.DisposeAsync().ConfigureAwait(false);
        await _commits.DisposeAsync().ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
        await _database.DisposeAsync().ConfigureAwait(false);
        _signal.Raise();
    }

    private async ValueTask<KeyValueCommitResult?[]> WriteAsync(NpgsqlConnection connection, List<PendingCommit> group, CancellationToken time)
    {
        var scope = await _setup.EnsureAsync(connection, time).ConfigureAwait(false);
        var (results, expiresIn) = await _writer.CommitAsync(connection, scope, group, time).ConfigureAwait(false);
        _sweep.Schedule(expiresIn);
        _signal.Raise();
        return results;
    }

    private async ValueTask<ChangePage?> ReadChangesAsync(byte[] prefix, ChangePosition position, bool isPatient, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await _database.RunAsync(
                    "watch",
                    (Backend: this, prefix, position),
                    static async (connection, state, time) =>
                    {
                        var scope = await state.Backend._setup.EnsureAsync(connection, time).ConfigureAwait(false);
                        return await state.Backend._changes.ReadAsync(connection, scope, state.prefix, state.position, LargestPage, time).ConfigureAwait(false);
                    },
                    cancellationToken).ConfigureAwait(false);
            }
            catch (PostgreSqlKeyValueException exception) when (isPatient && exception.IsTimeout)
            {
                // It has nothing to tell until the server is back.
            }
        }
    }
}
