using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue.Memory;

namespace WasiCloud.Embedding.KeyValue.Quota;

/// <summary>
/// A scope in memory, which keeps count itself: exact, whoever commits, and without waiting. A commit beyond the quota throws <see cref="Errno.DQuot"/>.
/// </summary>
/// <param name="store">The scope.</param>
/// <param name="prefix">What the keys that count start with.</param>
/// <param name="quota">How much they may take.</param>
internal sealed class MemoryQuotaBackend(MemoryKeyValueBackend store, string prefix, KeyValueQuota quota) : ISynchronousKeyValueBackend
{
    public Lock Exclusive => ((ISynchronousKeyValueBackend)store).Exclusive;

    public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken) =>
        store.GetAsync(key, maxValueLength, cancellationToken);

    public IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        store.ListAsync(prefix, startAfter, cancellationToken);

    public ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken) =>
        store.Commit(batch, prefix, quota, cancellationToken) is { } result
            ? new(result)
            : ValueTask.FromException<KeyValueCommitResult>(new ErrnoException(Errno.DQuot));

    public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) =>
        store.WatchAsync(prefix, afterRevision, cancellationToken);
}
