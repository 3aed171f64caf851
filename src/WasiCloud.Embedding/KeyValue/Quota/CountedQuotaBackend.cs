using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Quota;

/// <summary>A scope of which this host counts what its guests have there. A commit beyond the quota throws <see cref="Errno.DQuot"/>.</summary>
/// <param name="store">The scope.</param>
/// <param name="prefix">What the keys that count start with.</param>
/// <param name="quota">How much they may take.</param>
/// <param name="ledgers">Where they are counted.</param>
internal sealed class CountedQuotaBackend(IKeyValueBackend store, string prefix, KeyValueQuota quota, QuotaLedgers ledgers) : IKeyValueBackend
{
    public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken) =>
        store.GetAsync(key, maxValueLength, cancellationToken);

    public IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        store.ListAsync(prefix, startAfter, cancellationToken);

    public ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken) =>
        batch.HasWrites ? WriteAsync(batch, cancellationToken) : store.CommitAsync(batch, cancellationToken);

    public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) =>
        store.WatchAsync(prefix, afterRevision, cancellationToken);

    private async ValueTask<KeyValueCommitResult> WriteAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        var ledger = ledgers.Take(prefix, quota);
        try
        {
            return await ledger.CommitAsync(batch, cancellationToken).ConfigureAwait(false) ?? throw new ErrnoException(Errno.DQuot);
        }
        finally
        {
            ledgers.GiveBack(prefix, quota);
        }
    }
}
