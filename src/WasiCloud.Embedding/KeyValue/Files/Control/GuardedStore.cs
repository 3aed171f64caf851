using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>
/// A store as one guest sees it: what it commits while it holds locks is committed only if it still holds all of them then, and is <see cref="Errno.Stale"/>
/// otherwise. So a commit that reaches the store late does nothing once another has taken a lock of the guest, which ended or was silent for too long.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="locks">The guest's locks.</param>
internal class GuardedStore(IKeyValueBackend store, GuestLocks locks) : IKeyValueBackend
{
    /// <summary>Wraps a store; one that never waits stays so.</summary>
    public static IKeyValueBackend Wrap(IKeyValueBackend store, GuestLocks locks) =>
        store is ISynchronousKeyValueBackend synchronous ? new Synchronous(synchronous, locks) : new GuardedStore(store, locks);

    public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken) =>
        store.GetAsync(key, maxValueLength, cancellationToken);

    public IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        store.ListAsync(prefix, startAfter, cancellationToken);

    public ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken) =>
        locks.Any && batch.HasWrites ? CommitGuardedAsync(batch, cancellationToken) : store.CommitAsync(batch, cancellationToken);

    public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) =>
        store.WatchAsync(prefix, afterRevision, cancellationToken);

    private async ValueTask<KeyValueCommitResult> CommitGuardedAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        locks.BeginCommit();
        var isKnown = false;
        try
        {
            while (true)
            {
                var operations = new List<KeyValueOperation>(batch.Operations);
                locks.AddGuards(operations);
                var result = await store.CommitAsync(new(operations) { IdempotencyToken = batch.IdempotencyToken }, cancellationToken).ConfigureAwait(false);
                isKnown = result.FailedOperation < batch.Operations.Count;
                if (isKnown) return result;

                // A renewal, which happens now and then, makes the guard another one.
                isKnown = !await locks.VerifyAsync(cancellationToken).ConfigureAwait(false);
                if (isKnown) throw new ErrnoException(Errno.Stale);
            }
        }
        catch (ErrnoException)
        {
            // It was refused.
            isKnown = true;
            throw;
        }
        finally
        {
            if (isKnown) locks.EndCommit();
        }
    }

    private sealed class Synchronous(ISynchronousKeyValueBackend store, GuestLocks locks) : GuardedStore(store, locks), ISynchronousKeyValueBackend
    {
        public Lock Exclusive => store.Exclusive;
    }
}
