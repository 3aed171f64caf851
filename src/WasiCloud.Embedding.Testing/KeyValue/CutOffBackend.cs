using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Testing.KeyValue;

/// <summary>
/// A backend that can be cut off from its callers, as by a network that fails, and that tells when a caller has dealt with the answer to a commit.
/// </summary>
#pragma warning disable CA1001 // The semaphore has no handle unless one is asked for.
internal sealed class CutOffBackend(IKeyValueBackend inner) : IKeyValueBackend
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _commits = new(0);
    private volatile bool _isCutOff;

    public void CutOff() => _isCutOff = true;

    /// <summary>Waits for one more commit.</summary>
    public Task CommittedAsync(CancellationToken cancellationToken) => _commits.WaitAsync(cancellationToken);

    public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken) =>
        Reach().GetAsync(key, maxValueLength, cancellationToken);

    public IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        Reach().ListAsync(prefix, startAfter, cancellationToken);

    public ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        var store = Reach();

        // What the caller does with the answer runs within SetResult.
        var answer = new TaskCompletionSource<KeyValueCommitResult>();
        _ = AnswerAsync();
        return new(answer.Task);

        async Task AnswerAsync()
        {
            answer.SetResult(await store.CommitAsync(batch, cancellationToken).ConfigureAwait(false));
            _commits.Release();
        }
    }

    public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) =>
        Reach().WatchAsync(prefix, afterRevision, cancellationToken);

    private IKeyValueBackend Reach() => _isCutOff ? throw new TimeoutException("The store cannot be reached.") : inner;
}
