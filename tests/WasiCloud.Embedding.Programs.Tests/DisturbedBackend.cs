using System.Runtime.CompilerServices;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Memory;

namespace WasiCloud.Embedding.Programs.Tests;

/// <summary>A store in memory where others come first whenever a test wants it, with a clock and a memory of changes that are the test's.</summary>
public sealed class DisturbedBackend : IKeyValueBackend
{
    private readonly MemoryKeyValueBackend _inner;
    private int _changesUntilForgotten = int.MaxValue;

    public DisturbedBackend() => _inner = new MemoryKeyValueBackend(Clock);

    public ShiftedClock Clock { get; } = new();

    /// <summary>What somebody else does to the store, the argument, before a guest's commit reaches it.</summary>
    public Func<IKeyValueBackend, KeyValueBatch, ValueTask>? BeforeCommit { get; set; }

    /// <summary>After so many changes that it tells, one watch is told that the next ones are forgotten.</summary>
    public void ForgetChangesAfter(int count) => _changesUntilForgotten = count;

    public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken) =>
        _inner.GetAsync(key, maxValueLength, cancellationToken);

    public IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        _inner.ListAsync(prefix, startAfter, cancellationToken);

    public async ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        if (BeforeCommit is { } disturb) await disturb(_inner, batch);
        return await _inner.CommitAsync(batch, cancellationToken);
    }

    public async IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var change in _inner.WatchAsync(prefix, afterRevision, cancellationToken))
        {
            yield return change;
            if (Interlocked.Decrement(ref _changesUntilForgotten) == 0) throw new KeyValueHistoryLostException();
        }
    }
}
