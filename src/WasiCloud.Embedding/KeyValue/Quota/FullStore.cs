using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Quota;

/// <summary>A store as guests see it when it is full: what it has no room for is <see cref="Errno.NoSpc"/>, with one log entry as of any failure.</summary>
/// <param name="store">The store.</param>
internal sealed class FullStore(IKeyValueBackend store) : IKeyValueBackend
{
    /// <summary>Wraps a store, unless it is in this process's memory, which is not full as a store is.</summary>
    public static IKeyValueBackend Wrap(IKeyValueBackend store) => store is ISynchronousKeyValueBackend ? store : new FullStore(store);

    /// <summary>What a guest gets for a failure of a full store.</summary>
    public static ErrnoException Explain(KeyValueStoreException failure) => new(Errno.NoSpc, failure);

    public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken) =>
        store.GetAsync(key, maxValueLength, cancellationToken);

    public IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        store.ListAsync(prefix, startAfter, cancellationToken);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            return await store.CommitAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyValueStoreException failure) when (failure.IsFull)
        {
            throw Explain(failure);
        }
    }

    public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) =>
        store.WatchAsync(prefix, afterRevision, cancellationToken);
}
