using System.Runtime.CompilerServices;
using System.Text;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Sqlite;

/// <summary>A scope in a SQLite file: durable, transactional, for one machine.</summary>
/// <remarks>
/// Thread-safe. Reads run on the caller's thread; commits on one writer thread, where those that arrive together share one transaction, and are acknowledged
/// when it is as durable as <see cref="SqliteKeyValueOptions.Synchronous"/> says. Several objects and processes may use one file, and one scope of it.
/// Whatever SQLite reports (a full disk, a damaged file) is a <see cref="SqliteKeyValueException"/> and nothing of the commit happened, with one exception that
/// no store can avoid: if the very act of making it durable failed, it may have. On a full disk, what frees room is committed still
/// (<see cref="SqliteKeyValueOptions.ReservedBytes"/>), if need be by forgetting changes, so that watches and transactions that were behind end.
/// </remarks>
public sealed class SqliteKeyValueBackend : IKeyValueBackend, IAsyncDisposable
{
    private const int FirstPage = 16;
    private const int LargestPage = 256;

    // Timers of the platform take at most 49 days; an entry that lives longer is looked at again then.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private readonly SqliteKeyValueOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ReaderPool _readers;
    private readonly CommitQueue _writer;
    private readonly ChangeSignal _signal = new();
    private readonly ITimer _expiryTimer;

    /// <summary>Opens the scope, creating file and scope as needed.</summary>
    /// <param name="options">Where and how; not changed afterwards.</param>
    /// <param name="timeProvider">The clock for modification times, expiry and polling; by default the system's.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    /// <exception cref="SqliteKeyValueException">The file cannot be opened or written, is newer than this library, or another application's.</exception>
    public SqliteKeyValueBackend(SqliteKeyValueOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        SqliteKeyValueOptionsValidator.Instance.ThrowIfInvalid(options, nameof(options));
        (_options, _timeProvider) = (options, timeProvider ?? TimeProvider.System);
        var path = Path.GetFullPath(options.Path);
        var connection = new Connection(options, path, isWriter: true);
        try
        {
            var mode = connection.QueryText("PRAGMA journal_mode=WAL");
            if (mode is not "wal")
                throw new SqliteKeyValueException(path, 0, $"the file system does not allow write-ahead logging (the journal mode stays '{mode}')");
            connection.Execute($"PRAGMA synchronous={(int)options.Synchronous}");
            Schema.Ensure(connection);
            var scope = Schema.EnsureScope(connection, options.Scope);
            _readers = new ReaderPool(options.MaxReaders, () => new Reader(options, path, scope));
            var writer = new CommitWriter(connection, scope, options);
            var reserve = new DiskReserve(path, options.ReservedBytes, _timeProvider);
            reserve.TryHold();
            _expiryTimer = _timeProvider.CreateTimer(
                static state => ((SqliteKeyValueBackend)state!)._writer.Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            var nextExpiry = writer.NextExpiry();
            _writer = new CommitQueue(connection, writer, reserve, _timeProvider, OnCommitted);
            ScheduleSweep(nextExpiry);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken)
    {
        KeyValueKey.ThrowIfInvalid(key);
        return _readers.ReadAsync(
            (key, maxValueLength, _timeProvider),
            static (reader, state) => reader.Get(state.key, state.maxValueLength, state._timeProvider),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        KeyValueKey.ThrowIfInvalidPrefix(prefix);
        var prefixBytes = Encoding.UTF8.GetBytes(prefix);
        var page = new List<KeyValueEntry>(FirstPage);
        for (var size = FirstPage; ; size = Math.Min(size * 2, LargestPage))
        {
            var start = startAfter is null ? null : Encoding.UTF8.GetBytes(startAfter);
            var now = _timeProvider.GetUtcNow();
            startAfter = await _readers.ReadAsync(
                (prefixBytes, start, size, now, page),
                static (reader, state) => reader.List(state.prefixBytes, state.start, state.size, state.now, state.page),
                cancellationToken).ConfigureAwait(false);
            foreach (var entry in page) yield return entry;
            if (startAfter is null) yield break;
            page.Clear();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Operations.Count > 0) return await _writer.CommitAsync(batch, cancellationToken).ConfigureAwait(false);

        // Only asks for the revision, which needs no transaction.
        return KeyValueCommitResult.Committed(await _readers.ReadAsync(0, static (reader, _) => reader.Revision(), cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        KeyValueKey.ThrowIfInvalidPrefix(prefix);
        var prefixBytes = Encoding.UTF8.GetBytes(prefix);
        var position = ChangePosition.After(afterRevision);
        var page = new List<KeyValueChange>();
        while (true)
        {
            var next = _signal.Next;
            position = await _readers.ReadAsync(
                (prefixBytes, position, page),
                static (reader, state) => reader.ReadChanges(state.prefixBytes, state.position, LargestPage, state.page),
                cancellationToken).ConfigureAwait(false) ?? throw new KeyValueHistoryLostException();
            foreach (var change in page) yield return change;
            if (page.Count == 0)
            {
                // Ends by a commit here, or by the time to look for commits of other processes, or by cancellation.
                await next.WaitAsync(_options.PollInterval, _timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }

            page.Clear();
        }
    }

    /// <summary>
    /// Completes the commits that were begun and closes the file. Reads, commits and watches afterwards throw <see cref="ObjectDisposedException"/>.
    /// </summary>
    /// <returns>When it is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        await _expiryTimer.DisposeAsync().ConfigureAwait(false);
        await _writer.DisposeAsync().ConfigureAwait(false);
        await _readers.DisposeAsync().ConfigureAwait(false);
        _signal.Raise();
    }

    /// <summary>Runs SQL on the writer's connection, so that tests can make it fail.</summary>
    internal Task ExecuteAsync(string sql) => _writer.ExecuteAsync(sql);

    private void OnCommitted(DateTimeOffset? nextExpiry)
    {
        ScheduleSweep(nextExpiry);
        _signal.Raise();
    }

    private void ScheduleSweep(DateTimeOffset? nextExpiry)
    {
        if (nextExpiry is not { } due) return;
        var delay = due - _timeProvider.GetUtcNow();
        _expiryTimer.Change(delay < TimeSpan.Zero ? TimeSpan.Zero : delay > LongestTimer ? LongestTimer : delay, Timeout.InfiniteTimeSpan);
    }
}
