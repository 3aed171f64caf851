using System.Runtime.CompilerServices;
using System.Text;
using StackExchange.Redis;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Redis.KeyValue;
using WasiCloud.Embedding.Redis.Server;
using WasiCloud.Embedding.Text;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Redis;

/// <summary>A scope in Redis or Valkey, shared by any number of hosts.</summary>
/// <remarks>
/// <para>
/// Thread-safe. It connects at first use, with one connection for all operations, and reconnects by itself. A get is one command and one round trip. Commits
/// that arrive while others are on their way share the next call of a script, in which each is applied or refused by itself. All keys of a scope have one hash
/// tag, <c>{wc:scope}</c>, so that a scope is in one slot of a cluster: it cannot be larger or faster than one server, but different scopes can be on different
/// ones.
/// </para>
/// <para>
/// An acknowledged commit is as durable as the server is configured to be: with <c>appendonly yes</c> and <c>appendfsync always</c> it survives the server's
/// crash; with <c>everysec</c>, and when a replica takes over, the latest second may be lost. The server must not evict keys: <c>maxmemory-policy
/// noeviction</c>; with a policy of <c>volatile-</c>, entries that expire may be gone earlier and a repeated commit may not be recognized. A policy of
/// <c>allkeys-</c> is refused.
/// </para>
/// <para>
/// Expiry follows the server's clock, because those of hosts differ: the time to live is what the writing host's clock says remains when the commit is sent, at
/// least a millisecond. Redis itself hides the entry from then on; its deletion is recorded by the next commit of any host or by a sweep that the writing host
/// makes when it is due, and any host from time to time. <see cref="KeyValueEntry.Modified"/> and <see cref="KeyValueEntry.Expires"/> are told as the writing
/// host saw them. If the server's clock is set back, an entry that was hidden stays hidden and its deletion is told when it is due again.
/// </para>
/// <para>
/// A commit that gets no answer is repeated, and is applied once all the same, whether or not it has an idempotency token. If there is no answer in time, it
/// may have been applied or not, and the caller learns which by committing the same token again within 15 minutes.
/// </para>
/// <para>Revisions are less than 2^53. A value has at most 512 MiB less 28 bytes, and no more than the server's <c>proto-max-bulk-len</c>.</para>
/// </remarks>
public sealed class RedisKeyValueBackend : IKeyValueBackend, IAsyncDisposable
{
    private const int FirstPage = 16;
    private const int LargestPage = 256;

    // Above every byte of UTF-8, and so of every key.
    private const byte AboveKeys = 0xFF;

    private readonly RedisKeyValueOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ScopeKeys _keys;
    private readonly RedisConnection _connection;
    private readonly CommitQueue _committer;
    private readonly ExpirySweep _sweeper;
    private readonly ChangeSignal _signal = new();

    /// <summary>Opens the scope without connecting yet; it is created by its first commit.</summary>
    /// <param name="options">Where and how; not changed afterwards.</param>
    /// <param name="timeProvider">The clock for modification times, times to live, polling and timeouts; by default the system's.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public RedisKeyValueBackend(RedisKeyValueOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        RedisKeyValueOptionsValidator.Instance.ThrowIfInvalid(options, nameof(options));
        (_options, _timeProvider) = (options, timeProvider ?? TimeProvider.System);
        _keys = new ScopeKeys(options.KeyPrefix, options.Scope);
        _connection = new RedisConnection(options, _timeProvider, OnConnectedAsync);
        _committer = new CommitQueue(_connection, _keys, options, _timeProvider);
        _sweeper = new ExpirySweep(_connection, _keys, options, _timeProvider);
    }

    /// <inheritdoc/>
    /// <exception cref="RedisKeyValueException">The server could not be reached in time, or refused.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken)
    {
        KeyValueKey.ThrowIfInvalid(key);
        var stored = await _connection.RunAsync(
            "get",
            (Key: _keys.Entry(key), End: EntryFormat.HeaderBytes + (long)Math.Max(0, maxValueLength) - 1),
            static (database, state) => database.StringGetRangeAsync(state.Key, 0, state.End, CommandFlags.DemandMaster),
            cancellationToken).ConfigureAwait(false);
        return stored.IsNullOrEmpty ? null : EntryFormat.Decode(key, stored, maxValueLength);
    }

    /// <inheritdoc/>
    /// <exception cref="RedisKeyValueException">The server could not be reached in time, or refused.</exception>
    public async IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        KeyValueKey.ThrowIfInvalidPrefix(prefix);
        RedisValue end = prefix.Length == 0 ? "+" : (byte[])[(byte)'(', .. Encoding.UTF8.GetBytes(prefix), AboveKeys];
        RedisValue start = startAfter is not null && KeyValueKey.Order.Compare(startAfter, prefix) >= 0 ? "(" + startAfter : "[" + prefix;
        for (var size = FirstPage; ; size = Math.Min(size * 2, LargestPage))
        {
            var page = await _connection.RunAsync(
                "list",
                (_keys.Shared, Arguments: (RedisValue[])[_keys.Base, start, end, size]),
                static async (database, state) => (RedisValue[])(await Scripts.List.RunAsync(database, state.Shared, state.Arguments).ConfigureAwait(false))!,
                cancellationToken).ConfigureAwait(false);
            for (var index = 0; index < page.Length; index += 2)
            {
                if (!page[index + 1].IsNullOrEmpty) yield return EntryFormat.Decode((string)page[index]!, page[index + 1], maxValueLength: -1);
            }

            if (page.Length < 2 * size) yield break;
            start = "(" + (string)page[^2]!;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="RedisKeyValueException">The server could not be reached in time, in which case the batch may have been applied, or refused.</exception>
    public async ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Operations.Count == 0) return KeyValueCommitResult.Committed(await GetRevisionAsync(cancellationToken).ConfigureAwait(false));
        ThrowIfTooLarge(batch);
        var result = await _committer.CommitAsync(batch, cancellationToken).ConfigureAwait(false);
        if (result.Succeeded)
        {
            for (var index = 0; index < batch.Operations.Count; index++)
            {
                if (batch.Operations[index].Expires is { } expires) _sweeper.Schedule(expires);
            }
        }

        return result;
    }

    /// <inheritdoc/>
    /// <exception cref="KeyValueHistoryLostException">
    /// Changes after <paramref name="afterRevision"/> are no longer kept, or the server lost commits that were seen and has an earlier revision.
    /// </exception>
    /// <exception cref="RedisKeyValueException">
    /// The server could not be reached in time, or refused. A shorter interruption loses and repeats nothing.
    /// </exception>
    public async IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        KeyValueKey.ThrowIfInvalidPrefix(prefix);
        var origin = afterRevision > 0 ? 0 : await GetOriginAsync(cancellationToken).ConfigureAwait(false);
        var cursor = new ChangeCursor(Math.Max(origin, afterRevision));
        var page = new List<KeyValueChange>();
        while (true)
        {
            var next = _signal.Next;
            var read = await _connection.RunAsync(
                "watch",
                (_keys.History, cursor.From),
                static (database, state) => database.StreamRangeAsync(state.History, state.From, "+", LargestPage, Order.Ascending, CommandFlags.DemandMaster),
                cancellationToken).ConfigureAwait(false);
            if (read.Length == 0 && cursor.Revision != origin) origin = await GetOriginAsync(cancellationToken).ConfigureAwait(false);
            var isEnd = read.Length < LargestPage;
            if (read.Length == 0 ? cursor.Revision != origin : !cursor.TryAdvance(read, isEnd, prefix, page)) throw new KeyValueHistoryLostException();
            foreach (var change in page) yield return change;
            page.Clear();
            if (!isEnd) continue;

            // Ends by the announcement of a commit, or by the time to look for one whose announcement was lost, or by cancellation.
            await next.WaitAsync(_options.PollInterval, _timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>
    /// Completes the commits that were begun and closes the connection. Reads, commits and watches afterwards throw <see cref="ObjectDisposedException"/>.
    /// </summary>
    /// <returns>When it is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        await _sweeper.DisposeAsync().ConfigureAwait(false);
        await _committer.EndAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
        _signal.Raise();
    }

    private static void ThrowIfTooLarge(KeyValueBatch batch)
    {
        for (var index = 0; index < batch.Operations.Count; index++)
        {
            // The server would end the connection, with all that others have on it.
            var (key, length) = (batch.Operations[index].Key, batch.Operations[index].Value.Length);
            if (length <= EntryFormat.MaxValueBytes) continue;
            var text = $"The value of '{SafeText.Of(key)}' has {length} bytes; at most {EntryFormat.MaxValueBytes} are allowed.";
            throw new ArgumentException(text, nameof(batch));
        }
    }

    private ValueTask<long> GetRevisionAsync(CancellationToken cancellationToken) => _connection.RunAsync(
        "commit",
        (_keys, _options.HistoryLength),
        static async (database, state) =>
        {
            var (keys, history) = state;
            var revision = (long?)await database.HashGetAsync(keys.State, "revision", CommandFlags.DemandMaster).ConfigureAwait(false);
            return revision ?? (await BeginAsync(database, keys, history).ConfigureAwait(false)).Revision;
        },
        cancellationToken);

    // Where the changes of a scope begin.
    private ValueTask<long> GetOriginAsync(CancellationToken cancellationToken) => _connection.RunAsync(
        "watch",
        (_keys, _options.HistoryLength),
        static async (database, state) => (await BeginAsync(database, state._keys, state.HistoryLength).ConfigureAwait(false)).Origin,
        cancellationToken);

    private static async Task<(long Revision, long Origin)> BeginAsync(IDatabase database, ScopeKeys keys, int historyLength)
    {
        var found = (RedisValue[])(await Scripts.Begin.RunAsync(database, keys.Shared, [keys.Base, historyLength]).ConfigureAwait(false))!;
        return ((long)found[0], (long)found[1]);
    }

    private async Task OnConnectedAsync(IConnectionMultiplexer connection, IDatabase database)
    {
        if (await ServerCheck.FindProblemAsync(database, _keys).ConfigureAwait(false) is { } problem) throw _connection.Failure("connect", problem);

        // The client subscribes again by itself after each reconnection.
        await connection.GetSubscriber().SubscribeAsync(_keys.Announcements, (_, _) => _signal.Raise()).ConfigureAwait(false);
    }
}
