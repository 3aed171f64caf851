using System.Runtime.CompilerServices;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Tests.KeyValue.Example;

/// <summary>A complete backend, as simple as it can be: one lock, a sorted dictionary, and a list of all changes.</summary>
public sealed class ExampleBackend(TimeProvider timeProvider) : IKeyValueBackend
{
    private const int PageSize = 64;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, KeyValueEntry> _entries = new(KeyValueKey.Order);
    private readonly List<KeyValueChange> _changes = [];
    private TaskCompletionSource _changed = NewSignal();
    private long _revision;

    public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken)
    {
        KeyValueKey.ThrowIfInvalid(key);
        lock (_lock)
        {
            Expire();
            var entry = _entries.GetValueOrDefault(key);
            return new(entry?.Size > maxValueLength ? entry with { Value = null } : entry);
        }
    }

    public async IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        KeyValueKey.ThrowIfInvalidPrefix(prefix);
        while (true)
        {
            // A page at a time: nobody waits for the lock while the caller looks at what it got.
            cancellationToken.ThrowIfCancellationRequested();
            KeyValueEntry[] page;
            lock (_lock)
            {
                Expire();
                page = [.. _entries.Values
                    .Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal)
                        && (startAfter is null || KeyValueKey.Order.Compare(entry.Key, startAfter) > 0))
                    .Take(PageSize)];
            }

            foreach (var entry in page) yield return entry with { Value = null };
            if (page.Length < PageSize) yield break;
            startAfter = page[^1].Key;
            await Task.Yield();
        }
    }

    public ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            Expire();

            // All conditions are about the scope as it was before, so none is looked at after the first change.
            for (var index = 0; index < batch.Operations.Count; index++)
            {
                if (!Holds(batch.Operations[index])) return new(KeyValueCommitResult.Conflict(index, _revision));
            }

            var revision = _revision + 1;
            foreach (var operation in batch.Operations) Apply(operation, revision);
            Raise();
            return new(KeyValueCommitResult.Committed(_revision));
        }
    }

    public async IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        KeyValueKey.ThrowIfInvalidPrefix(prefix);
        for (var position = 0; ;)
        {
            KeyValueChange[] page;
            Task changed;
            TimeSpan untilExpiry;
            lock (_lock)
            {
                Expire();
                page = [.. _changes.Skip(position).Where(change => change.Revision > afterRevision && change.Key.StartsWith(prefix, StringComparison.Ordinal))];
                (position, changed) = (_changes.Count, _changed.Task);
                untilExpiry = _entries.Values.Min(entry => entry.Expires) - timeProvider.GetUtcNow() ?? Timeout.InfiniteTimeSpan;
            }

            foreach (var change in page) yield return change;
            await changed.WaitAsync(untilExpiry, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool Holds(KeyValueOperation operation) => operation.Kind switch
    {
        KeyValueOperationKind.CheckPrefix =>
            !_changes.Any(change => change.Revision > (operation.Condition.Revision ?? 0) && change.Key.StartsWith(operation.Key, StringComparison.Ordinal)),
        KeyValueOperationKind.Put or KeyValueOperationKind.Delete or KeyValueOperationKind.Check =>
            operation.Condition.IsMetBy(_entries.GetValueOrDefault(operation.Key)?.Revision ?? 0),
        _ => throw new NotSupportedException($"The operation {operation.Kind} is not known."),
    };

    private void Apply(KeyValueOperation operation, long revision)
    {
        if (operation.Kind == KeyValueOperationKind.Put)
        {
            _entries[operation.Key] = new KeyValueEntry
            {
                Key = operation.Key,
                Revision = revision,
                Size = operation.Value.Length,
                Modified = timeProvider.GetUtcNow(),
                Expires = operation.Expires,
                Value = operation.Value.ToArray(),
            };
            Note(new(operation.Key, KeyValueChangeKind.Put, revision));
        }
        else if (operation.Kind == KeyValueOperationKind.Delete && _entries.Remove(operation.Key))
        {
            Note(new(operation.Key, KeyValueChangeKind.Delete, revision));
        }
    }

    // Expiry is a commit of its own: a revision, and changes that watchers and CheckPrefix see.
    private void Expire()
    {
        var now = timeProvider.GetUtcNow();
        var revision = _revision + 1;
        foreach (var entry in _entries.Values.Where(entry => entry.Expires <= now).ToArray())
        {
            _entries.Remove(entry.Key);
            Note(new(entry.Key, KeyValueChangeKind.Delete, revision));
        }
    }

    private void Note(KeyValueChange change)
    {
        _changes.Add(change);
        _revision = change.Revision;
    }

    private void Raise()
    {
        _changed.SetResult();
        _changed = NewSignal();
    }
}
