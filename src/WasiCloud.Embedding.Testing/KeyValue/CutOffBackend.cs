using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Testing.KeyValue;

/// <summary>A backend that can be cut off from its callers, as by a network that fails.</summary>
internal sealed class CutOffBackend(IKeyValueBackend inner) : IKeyValueBackend
{
    private volatile bool _isCutOff;

    public void CutOff() => _isCutOff = true;

    public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken) => Reach().GetAsync(key, maxValueLength, cancellationToken);

    public IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) => Reach().ListAsync(prefix, startAfter, cancellationToken);

    public ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken) => Reach().CommitAsync(batch, cancellationToken);

    public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) => Reach().WatchAsync(prefix, afterRevision, cancellationToken);

    private IKeyValueBackend Reach() => _isCutOff ? throw new TimeoutException("The store cannot be reached.") : inner;
}
