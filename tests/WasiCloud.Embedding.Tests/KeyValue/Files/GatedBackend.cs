using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Tests.KeyValue.Files;

/// <summary>A backend whose commits wait while it is closed.</summary>
internal sealed class GatedBackend(IKeyValueBackend inner) : IKeyValueBackend
{
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _commits;

    public bool IsClosed { get; set; }

    public int Commits => _commits;

    public void Open() => _opened.SetResult();

    public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken) =>
        inner.GetAsync(key, maxValueLength, cancellationToken);

    public IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, startAfter, cancellationToken);

    public async ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        if (IsClosed) await _opened.Task.WaitAsync(cancellationToken);
        if (batch.Operations.Count > 0) Interlocked.Increment(ref _commits);
        return await inner.CommitAsync(batch, cancellationToken);
    }

    public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) =>
        inner.WatchAsync(prefix, afterRevision, cancellationToken);
}

/// <summary>A backend whose calls go on elsewhere, so that callers meet between any two of them.</summary>
internal sealed class YieldingBackend(IKeyValueBackend inner) : IKeyValueBackend
{
    public async ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return await inner.GetAsync(key, maxValueLength, cancellationToken);
    }

    public IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, startAfter, cancellationToken);

    public async ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return await inner.CommitAsync(batch, cancellationToken);
    }

    public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) =>
        inner.WatchAsync(prefix, afterRevision, cancellationToken);
}
