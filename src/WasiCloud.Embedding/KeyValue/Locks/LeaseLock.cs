namespace WasiCloud.Embedding.KeyValue.Locks;

/// <summary>A turn with a lease, until it is passed on.</summary>
internal sealed class LeaseLock(LockTurns turns, Lease lease) : IKeyValueLock
{
    private int _isDisposed;

    public long FencingToken { get; } = lease.NextToken();

    public CancellationToken Lost => lease.Lost;

    public KeyValueOperation? Guard => lease.Guard;

    public ValueTask<bool> VerifyAsync(CancellationToken cancellationToken) => lease.VerifyAsync(cancellationToken);

    public ValueTask DisposeAsync() => EndAsync(canBeHandedOver: lease.CanBeHandedOver);

    /// <summary>Gives the lock back.</summary>
    /// <param name="canBeHandedOver">
    /// Whether the next in this process may have the lease. It must not if something may still be on its way that has the lease's <see cref="Guard"/>.
    /// </param>
    public async ValueTask EndAsync(bool canBeHandedOver)
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
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
