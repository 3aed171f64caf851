namespace WasiCloud.Embedding.KeyValue;

/// <summary>A turn with a lease, until it is passed on.</summary>
internal sealed class LeaseLock(LockTurns turns, Lease lease) : IKeyValueLock
{
    private int _isDisposed;

    public long FencingToken { get; } = lease.NextToken();

    public CancellationToken Lost => lease.Lost;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        var canBeHandedOver = lease.CanBeHandedOver;
        if (canBeHandedOver && !lease.IsLost && turns.TryPass(lease.Key, new LockTurn(lease))) return;
        try
        {
            await lease.EndAsync().ConfigureAwait(false);
        }
        finally
        {
            turns.Pass(lease.Key, new LockTurn(Lease: null, Yields: !canBeHandedOver));
        }
    }
}
