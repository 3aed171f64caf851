using System.Runtime.CompilerServices;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.KeyValue.Memory;

/// <summary>A scope held in this process's memory: for tests, caches and data that may end with the process.</summary>
/// <remarks>
/// Thread-safe. Nothing is durable. Memory is bounded by what is put: for guests by the quota of their mount, for others by nothing. Gets take constant time,
/// seeks logarithmic time. The <see cref="KeyValueOperationKind.CheckPrefix"/> of a batch take time in proportion to the changes since their revisions; if
/// there are more than 65,536, they fail.
/// </remarks>
public sealed class MemoryKeyValueBackend : ISynchronousKeyValueBackend
{
    private const int FirstPage = 16;
    private const int LargestPage = 256;

    // How many changes the prefix checks of one commit look at together while everybody waits for the lock, some milliseconds; what would take more fails. All
    // of the history by default.
    internal const int MaxCheckSteps = 65_536;

    // How many entries that have expired are deleted while everybody waits for the lock.
    private const int MaxExpired = 512;

    // Timers of the platform take at most 49 days; an entry that lives longer is looked at again then.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly TimeProvider _timeProvider;
    private readonly MemoryEntryTable _entries = new();
    private readonly ChangeHistory _history;
    private readonly ChangeSignal _signal = new();
    private ITimer? _expiryTimer;
    private DateTimeOffset? _timerDue;
    private long _revision;

    /// <summary>Creates an empty scope.</summary>
    /// <param name="timeProvider">The clock for modification times and expiry; by default the system's.</param>
    /// <param name="historyLength">How many of the latest changes are kept for watches and <see cref="KeyValueOperation.CheckPrefix"/>; at least 1. A change
    /// takes about 32 bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="historyLength"/> is less than 1.</exception>
    public MemoryKeyValueBackend(TimeProvider? timeProvider = null, int historyLength = 16_384)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(historyLength, 1);
        _timeProvider = timeProvider ?? TimeProvider.System;
        _history = new ChangeHistory(historyLength);
    }

    Lock ISynchronousKeyValueBackend.Exclusive => _lock;

    /// <inheritdoc/>
    public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken)
    {
        KeyValueKey.ThrowIfInvalid(key);
        cancellationToken.ThrowIfCancellationRequested();
        KeyValueEntry? entry;
        lock (_lock) entry = _entries.Get(key);
        if (entry is null || entry.Expires <= _timeProvider.GetUtcNow()) return default;
        return new(entry.Size > maxValueLength ? entry with { Value = null } : entry);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        KeyValueKey.ThrowIfInvalidPrefix(prefix);
        var page = new List<KeyValueEntry>(FirstPage);
        for (var size = FirstPage; ; size = Math.Min(size * 2, LargestPage))
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (_lock)
            {
                if (!Expire()) continue;
                _entries.ReadPage(prefix, startAfter, size, page);
            }

            foreach (var entry in page) yield return entry;
            if (page.Count < size) yield break;
            startAfter = page[^1].Key;
            page.Clear();
        }
    }

    /// <inheritdoc/>
    /// <remarks>The idempotency token is ignored: an acknowledgement cannot be lost within a process.</remarks>
    public ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken) =>
        new(Commit(batch, null, default, cancellationToken)!.Value);

    /// <inheritdoc/>
    public async IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        KeyValueKey.ThrowIfInvalidPrefix(prefix);
        var page = new List<KeyValueChange>();
        long? position;
        lock (_lock) position = _history.Find(afterRevision);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task? next = null;
            lock (_lock)
            {
                if (!Expire()) continue;
                (position, var isEnd) = position is { } known ? _history.Read(known, prefix, page, LargestPage) : (null, false);
                if (isEnd && page.Count == 0) next = _signal.Next;
            }

            if (position is null) throw new KeyValueHistoryLostException();
            foreach (var change in page) yield return change;
            page.Clear();
            if (next is not null) await next.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Commits, unless the keys with a prefix would take more than a quota then.</summary>
    /// <returns>As of <see cref="CommitAsync"/>; <see langword="null"/> if it would be too much, and nothing was changed.</returns>
    internal KeyValueCommitResult? Commit(KeyValueBatch batch, string? prefix, KeyValueQuota quota, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (_lock)
            {
                if (Expire()) return CommitLocked(batch, prefix, quota);
            }
        }
    }

    private KeyValueCommitResult? CommitLocked(KeyValueBatch batch, string? prefix, KeyValueQuota quota)
    {
        if (FindFailed(batch) is { } failed) return KeyValueCommitResult.Conflict(failed, _revision);
        if (prefix is not null && !Fits(batch, prefix, quota)) return null;
        Apply(batch);
        return KeyValueCommitResult.Committed(_revision);
    }

    private int? FindFailed(KeyValueBatch batch)
    {
        var end = 0;
        for (; end < batch.Operations.Count; end++)
        {
            var operation = batch.Operations[end];
            if (operation.Kind != KeyValueOperationKind.CheckPrefix && !Holds(operation)) break;
        }

        var prefix = PrefixChecks.Of(batch, end, _revision, MaxCheckSteps) is { } checks ? _history.FindFailed(checks) : null;
        return prefix ?? (end < batch.Operations.Count ? end : null);
    }

    private bool Fits(KeyValueBatch batch, string prefix, KeyValueQuota quota)
    {
        var change = KeyValueUsage.OfPuts(batch);
        if (change.Keys == 0) return true;
        for (var index = 0; index < batch.Operations.Count; index++)
        {
            var operation = batch.Operations[index];
            if (operation.IsWrite && _entries.Get(operation.Key) is { } replaced) change -= KeyValueUsage.Of(replaced);
        }

        var used = _entries.Measure(prefix);
        if (quota.Allows(used, change)) return true;
        quota.CountRefusal(used, change);
        return false;
    }

    private bool Holds(KeyValueOperation operation) => operation.Kind switch
    {
        KeyValueOperationKind.Put or KeyValueOperationKind.Delete or KeyValueOperationKind.Check =>
            operation.Condition.IsMetBy(_entries.Get(operation.Key)?.Revision ?? 0),
        _ => throw new NotSupportedException($"The operation {operation.Kind} is not known."),
    };

    private void Apply(KeyValueBatch batch)
    {
        var revision = _revision + 1;
        var now = default(DateTimeOffset);
        foreach (var operation in batch.Operations)
        {
            switch (operation.Kind)
            {
                case KeyValueOperationKind.Put:
                    if (now == default) now = _timeProvider.GetUtcNow();
                    Put(operation, revision, now);
                    break;
                case KeyValueOperationKind.Delete when _entries.Remove(operation.Key):
                    _history.Add(new(operation.Key, KeyValueChangeKind.Delete, _revision = revision));
                    break;
            }
        }

        if (_revision != revision) return;
        _signal.Raise();
        ScheduleExpiry();
    }

    private void Put(KeyValueOperation operation, long revision, DateTimeOffset now)
    {
        _entries.Set(new KeyValueEntry
        {
            Key = operation.Key,
            Revision = revision,
            Size = operation.Value.Length,
            Modified = now,
            Expires = operation.Expires,
            Value = operation.Value.ToArray(),
        });
        _history.Add(new(operation.Key, KeyValueChangeKind.Put, _revision = revision));
    }

    /// <summary>Deletes what has expired, as a commit of its own, so that watchers and prefix checks learn of it.</summary>
    /// <returns>Whether that is all. If not, it is to be called again, after others had the lock.</returns>
    private bool Expire()
    {
        if (_entries.NextExpiry is not { } due) return true;
        var now = _timeProvider.GetUtcNow();
        if (due > now) return true;
        _revision++;
        for (var count = 0; count < MaxExpired && _entries.RemoveExpired(now) is { } key; count++) _history.Add(new(key, KeyValueChangeKind.Delete, _revision));
        _signal.Raise();
        return !(_entries.NextExpiry <= now);
    }

    // An armed timer keeps this object alive, but only until the last entry has expired.
    private void ScheduleExpiry()
    {
        if (_entries.NextExpiry is not { } due || due == _timerDue) return;
        _timerDue = due;
        var delay = due - _timeProvider.GetUtcNow();
        delay = delay < TimeSpan.Zero ? TimeSpan.Zero : delay > LongestTimer ? LongestTimer : delay;
        if (_expiryTimer is null)
            _expiryTimer = _timeProvider.CreateTimer(static state => ((MemoryKeyValueBackend)state!).OnExpiryTimer(), this, delay, Timeout.InfiniteTimeSpan);
        else _expiryTimer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    private void OnExpiryTimer()
    {
        while (true)
        {
            lock (_lock)
            {
                if (!Expire()) continue;
                _timerDue = null;
                ScheduleExpiry();
                return;
            }
        }
    }
}
