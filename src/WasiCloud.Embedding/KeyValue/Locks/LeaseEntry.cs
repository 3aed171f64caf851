namespace WasiCloud.Embedding.KeyValue.Locks;

/// <summary>Puts, renews and deletes the entries of <see cref="LeaseLocks"/>. Thread-safe.</summary>
internal sealed class LeaseEntry(IKeyValueBackend backend, TimeSpan duration, TimeProvider timeProvider)
{
    private const int MaxOwnerBytes = 1024;

    public TimeSpan Duration => duration;

    public TimeProvider TimeProvider => timeProvider;

    /// <summary>Waits until the entry could be put.</summary>
    public async ValueTask<Lease> PutAsync(string key, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (lease, revision) = await TryPutAsync(key, cancellationToken).ConfigureAwait(false);
            if (lease is not null) return lease;
            await WaitForDeletionAsync(key, revision, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Puts the entry if there is none, or only that of a process that is no more.</summary>
    /// <returns>The lease, or the revision of the entry that is there.</returns>
    public async ValueTask<(Lease? Lease, long Revision)> TryPutAsync(string key, CancellationToken cancellationToken)
    {
        var owner = LockOwner.Create();
        var condition = KeyValueCondition.Absent;
        while (true)
        {
            // Taken before the entry is put, so that it ends for us before it does for others.
            var started = timeProvider.GetTimestamp();
            var result = await CommitAsync(key, owner, condition, cancellationToken).ConfigureAwait(false);
            if (result.Succeeded)
            {
                if (timeProvider.GetElapsedTime(started) < duration / 2) return (new Lease(this, key, owner, result.Revision, started), result.Revision);

                // A store that takes so long leaves too little of the lease: once more, over the own entry.
                condition = KeyValueCondition.AtRevision(result.Revision);
                continue;
            }

            var entry = await backend.GetAsync(key, MaxOwnerBytes, cancellationToken).ConfigureAwait(false);
            if (entry is not null && !LockOwner.IsGone(entry.Value)) return (null, entry.Revision);
            condition = KeyValueCondition.AtRevision(entry?.Revision ?? 0);
        }
    }

    /// <summary>Puts an own entry again.</summary>
    /// <returns>Its revision, 0 if it is not ours any more; and whether it holds for another lease.</returns>
    public async ValueTask<(long Revision, bool IsRenewed)> RenewAsync(string key, ReadOnlyMemory<byte> owner, long revision)
    {
        var result = await CommitAsync(key, owner, KeyValueCondition.AtRevision(revision), CancellationToken.None).ConfigureAwait(false);
        if (result.Succeeded) return (result.Revision, true);

        // An earlier renewal may have been committed though its answer was lost.
        return (await FindAsync(key, owner, CancellationToken.None).ConfigureAwait(false), false);
    }

    /// <summary>Looks for an own entry.</summary>
    /// <returns>Its revision, or 0 if it is not ours any more.</returns>
    public async ValueTask<long> FindAsync(string key, ReadOnlyMemory<byte> owner, CancellationToken cancellationToken)
    {
        var entry = await backend.GetAsync(key, MaxOwnerBytes, cancellationToken).ConfigureAwait(false);
        return entry?.Value is { } value && value.Span.SequenceEqual(owner.Span) ? entry.Revision : 0;
    }

    /// <summary>Deletes an own entry, if it still is.</summary>
    public async ValueTask DeleteAsync(string key, long revision)
    {
        var delete = KeyValueOperation.Delete(key, KeyValueCondition.AtRevision(revision));
        await backend.CommitAsync(new(delete), CancellationToken.None).ConfigureAwait(false);
    }

    private ValueTask<KeyValueCommitResult> CommitAsync(
        string key, ReadOnlyMemory<byte> owner, KeyValueCondition condition, CancellationToken cancellationToken) =>
        backend.CommitAsync(new(KeyValueOperation.Put(key, owner, condition, timeProvider.GetUtcNow() + duration)), cancellationToken);

    // Looked at again after a lease in any case: a watch may hear nothing of a process that died, nor of a store that forgot to tell.
    private async ValueTask WaitForDeletionAsync(string key, long revision, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(duration, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await foreach (var change in backend.WatchAsync(key, revision, either.Token).ConfigureAwait(false))
            {
                if (change.Kind == KeyValueChangeKind.Delete && string.Equals(change.Key, key, StringComparison.Ordinal)) return;
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Time to look.
        }
        catch (KeyValueHistoryLostException)
        {
            // So much has changed that looking is quicker.
        }
    }
}
