using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Locks;

namespace WasiCloud.Embedding.Tests.KeyValue.Files.Control;

/// <summary>
/// A store to which one commit that is no lock's comes late: it is kept until it is let go, and its caller waits, or is told that nothing is known.
/// </summary>
internal sealed class LateStore(IKeyValueBackend store) : IKeyValueBackend
{
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _applied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isHolding;
    private bool _fails;

    /// <summary>The next commit is kept.</summary>
    /// <param name="fails">Whether its caller is told at once that it is not known what becomes of it.</param>
    public void Hold(bool fails = false) => (_isHolding, _fails) = (true, fails);

    /// <summary>Waits until a commit is kept.</summary>
    public Task WaitAsync() => _arrived.Task;

    /// <summary>Lets the store have it, and waits until it has done with it what it does.</summary>
    public Task LetGoAsync()
    {
        _letGo.SetResult();
        return _applied.Task;
    }

    public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken) =>
        store.GetAsync(key, maxValueLength, cancellationToken);

    public IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        store.ListAsync(prefix, startAfter, cancellationToken);

    public async ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        if (!_isHolding || !batch.Operations.Any(IsGuests)) return await store.CommitAsync(batch, cancellationToken);
        _isHolding = false;
        var late = ApplyAsync(batch);
        _arrived.SetResult();
        return _fails ? throw new IOException("The store does not answer.") : await late;
    }

    public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) =>
        store.WatchAsync(prefix, afterRevision, cancellationToken);

    private static bool IsGuests(KeyValueOperation operation) => operation.Kind is KeyValueOperationKind.Put or KeyValueOperationKind.Delete
        && !operation.Key.StartsWith(LeaseLocks.Prefix, StringComparison.Ordinal);

    private async Task<KeyValueCommitResult> ApplyAsync(KeyValueBatch batch)
    {
        await _letGo.Task;
        var result = await store.CommitAsync(batch, default);
        _applied.SetResult();
        return result;
    }
}
