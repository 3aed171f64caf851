using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Locks;
using WasiCloud.Embedding.KeyValue.Memory;

namespace WasiCloud.Embedding.Reliability.Tests.History.Planted;

/// <summary>A store in memory that does one thing wrong, now and then.</summary>
/// <param name="bug">What.</param>
internal sealed class PlantedBackend(PlantedBug bug) : IKeyValueBackend
{
    // Often enough for a short run, and seldom enough that most is right.
    private const int Every = 5;

    // No run makes as many commits.
    private const long Last = 1L << 30;

    private readonly MemoryKeyValueBackend _memory = new();
    private readonly ConcurrentDictionary<string, KeyValueEntry> _former = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, KeyValueOperation> _later = new(StringComparer.Ordinal);
    private int _count;

    public async ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken)
    {
        var entry = await _memory.GetAsync(key, maxValueLength, cancellationToken);

        // Lets the others in, as a store that is far away does.
        await Task.Yield();
        var isStale = (bug == PlantedBug.ReadsStale && IsRegister(key)) || (bug == PlantedBug.ReadsTransactionStale && IsList(key));
        if (isStale && _former.TryGetValue(key, out var former) && IsTurn()) return former;
        return entry is not null && IsLock(key) ? entry with { Revision = Shown(entry.Revision) } : entry;
    }

    public IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        _memory.ListAsync(prefix, startAfter, cancellationToken);

    public async ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        batch = new KeyValueBatch([.. batch.Operations.Select(WithRevisionOfLock)]);
        KeyValueOperation[] writes = [.. batch.Operations.Where(operation => operation.Kind is KeyValueOperationKind.Put or KeyValueOperationKind.Delete)];
        if (writes.Length == 0) return await _memory.CommitAsync(batch, cancellationToken);
        var key = writes[0].Key;
        if (IsLock(key)) return await CommitLockAsync(writes[0], cancellationToken);
        await KeepFormerAsync(writes);
        var changed = Change(batch, writes);
        var result = changed is null ? KeyValueCommitResult.Committed(await RevisionAsync()) : await _memory.CommitAsync(changed, cancellationToken);
        return await AfterAsync(batch, writes, result);
    }

    public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken)
    {
        if (IsLock(prefix)) return _memory.WatchAsync(prefix, Shown(afterRevision), cancellationToken);
        var changes = _memory.WatchAsync(prefix, afterRevision, cancellationToken);
        return prefix.StartsWith("changes/", StringComparison.Ordinal) ? SpoilAsync(changes, cancellationToken) : changes;
    }

    private static bool IsRegister(string key) => key.StartsWith("registers/", StringComparison.Ordinal);

    private static bool IsAppended(string key) => key.StartsWith("appends/", StringComparison.Ordinal);

    private static bool IsList(string key) => key.StartsWith("lists/", StringComparison.Ordinal);

    private static bool IsLock(string key) => key.StartsWith(LeaseLocks.Prefix, StringComparison.Ordinal);

    private static KeyValueOperation Unconditional(KeyValueOperation write) =>
        write.Kind == KeyValueOperationKind.Put ? KeyValueOperation.Put(write.Key, write.Value, expires: write.Expires) : KeyValueOperation.Delete(write.Key);

    private bool IsTurn() => Interlocked.Increment(ref _count) % Every == 0;

    private async ValueTask<long> RevisionAsync() => (await _memory.CommitAsync(new KeyValueBatch(), CancellationToken.None)).Revision;

    // The commit that is made instead; null for none.
    private KeyValueBatch? Change(KeyValueBatch batch, KeyValueOperation[] writes) => bug switch
    {
        PlantedBug.LosesWrite when IsRegister(writes[0].Key) && IsTurn() => null,
        PlantedBug.IgnoresCondition when IsRegister(writes[0].Key) && IsTurn() => new([.. writes.Select(Unconditional)]),
        PlantedBug.LosesAppend when IsAppended(writes[0].Key) => new([.. writes.Select(Unconditional)]),
        PlantedBug.TearsTransaction when writes.Length > 1 && IsTurn() => new([.. batch.Operations.Except(writes.Skip(1))]),
        PlantedBug.AllowsWriteSkew when IsList(writes[0].Key) => new(writes),
        _ => batch,
    };

    private async ValueTask<KeyValueCommitResult> AfterAsync(KeyValueBatch batch, KeyValueOperation[] writes, KeyValueCommitResult result)
    {
        var key = writes[0].Key;
        switch (bug)
        {
            case PlantedBug.AppliesWriteTwice when IsRegister(key) && result.Succeeded:
                if (_later.TryRemove(key, out var again)) await _memory.CommitAsync(new KeyValueBatch(again), CancellationToken.None);
                else if (writes[0].Kind == KeyValueOperationKind.Put) _later[key] = Unconditional(writes[0]);
                break;
            case PlantedBug.AppliesRefusedLater when IsRegister(key) && !result.Succeeded && writes[0].Kind == KeyValueOperationKind.Put:
                _later[key] = writes[0];
                break;
            case PlantedBug.AppliesRefusedLater when IsRegister(key) && result.Succeeded && writes[0].Kind == KeyValueOperationKind.Delete:
                if (_later.TryRemove(key, out var refused)) await _memory.CommitAsync(new KeyValueBatch(Unconditional(refused)), CancellationToken.None);
                break;
            case PlantedBug.AppendsTwice when IsAppended(key) && result.Succeeded && IsTurn():
                return KeyValueCommitResult.Conflict(0, result.Revision);
            case PlantedBug.AppliesRefusedTransaction when IsList(key) && !result.Succeeded && IsTurn():
                await _memory.CommitAsync(new KeyValueBatch([.. writes.Select(Unconditional)]), CancellationToken.None);
                break;
        }

        return result;
    }

    private async ValueTask<KeyValueCommitResult> CommitLockAsync(KeyValueOperation write, CancellationToken cancellationToken)
    {
        if (bug == PlantedBug.GivesLockToTwo && write.Condition == KeyValueCondition.Absent) write = Unconditional(write);
        var result = await _memory.CommitAsync(new KeyValueBatch(write), cancellationToken);
        return result.Succeeded ? KeyValueCommitResult.Committed(Shown(result.Revision)) : result;
    }

    private KeyValueOperation WithRevisionOfLock(KeyValueOperation operation)
    {
        if (!IsLock(operation.Key) || operation.Condition.Revision is not { } revision) return operation;
        var condition = KeyValueCondition.AtRevision(Shown(revision));
        return operation.Kind switch
        {
            KeyValueOperationKind.Put => KeyValueOperation.Put(operation.Key, operation.Value, condition, operation.Expires),
            KeyValueOperationKind.Delete => KeyValueOperation.Delete(operation.Key, condition),
            _ => KeyValueOperation.Check(operation.Key, condition),
        };
    }

    // What is shown of a lock's revision, and back.
    private long Shown(long revision) => bug == PlantedBug.LetsTokenGoBack && revision > 0 ? Last - revision : revision;

    private async ValueTask KeepFormerAsync(KeyValueOperation[] writes)
    {
        if (bug is not (PlantedBug.ReadsStale or PlantedBug.ReadsTransactionStale)) return;
        foreach (var write in writes)
        {
            if (await _memory.GetAsync(write.Key, int.MaxValue, CancellationToken.None) is { } entry) _former[write.Key] = entry;
        }
    }

    private async IAsyncEnumerable<KeyValueChange> SpoilAsync(
        IAsyncEnumerable<KeyValueChange> changes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (held, lost, last) = (default(KeyValueChange?), 0L, 0L);
        await foreach (var change in changes.WithCancellation(cancellationToken))
        {
            // The watches of the test end with it.
            var isLast = change.Key == Reliability.History.Watch.LastKey;
            var isFirst = change.Revision != last;
            last = change.Revision;
            if (bug == PlantedBug.LosesChange && isFirst && !isLast && IsTurn()) lost = change.Revision;
            if (change.Revision == lost || (bug == PlantedBug.TearsChanges && !isFirst && IsTurn())) continue;
            if (bug == PlantedBug.ReordersChanges && held is null && isFirst && !isLast && IsTurn())
            {
                held = change;
                continue;
            }

            yield return change;

            // With another version: the same one twice is kept from guests by the mount.
            if (bug == PlantedBug.RepeatsChange && !isLast && IsTurn()) held = change;
            if (held is not { } other || other == change) continue;
            held = null;
            yield return bug == PlantedBug.RepeatsChange ? other with { Revision = change.Revision } : other;
        }
    }
}
