using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue.Locks;
using WasiCloud.Embedding.KeyValue.Quota;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>The locks that one guest holds. One guest makes one call at a time, so nothing here is locked.</summary>
internal sealed class GuestLocks(IKeyValueLocks locks, int maxLocks)
{
    private readonly Dictionary<string, IKeyValueLock> _held = new(StringComparer.Ordinal);

    // Commits of which it is not known, or not yet, what became of them. Those of a guest that was killed may end while its locks are given back.
    private int _unsettled;

    /// <summary>Whether the guest holds any.</summary>
    public bool Any => _held.Count > 0;

    /// <summary>Takes a lock.</summary>
    /// <returns><see cref="Errno.DeadLk"/> if this guest would wait for itself; <see cref="Errno.Again"/>; <see cref="Errno.NoLck"/>.</returns>
    public async ValueTask<(Errno Error, IKeyValueLock? Lock)> AcquireAsync(string name, bool nonBlocking, CancellationToken cancellationToken)
    {
        if (_held.ContainsKey(name)) return (nonBlocking ? Errno.Again : Errno.DeadLk, null);
        if (_held.Count == maxLocks) return (Errno.NoLck, null);
        IKeyValueLock? taken;
        try
        {
            taken = nonBlocking
                ? await locks.TryAcquireAsync(name, cancellationToken).ConfigureAwait(false)
                : await locks.AcquireAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyValueStoreException failure) when (failure.IsFull)
        {
            throw FullStore.Explain(failure);
        }

        if (taken is null) return (Errno.Again, null);
        _held.Add(name, taken);
        return (Errno.Success, taken);
    }

    /// <summary>Adds what makes a batch fail unless all of them are still held.</summary>
    public void AddGuards(List<KeyValueOperation> operations)
    {
        foreach (var held in _held.Values)
        {
            if (held.Guard is { } guard) operations.Add(guard);
        }
    }

    /// <summary>Asks the store whether all of them are still held.</summary>
    public async ValueTask<bool> VerifyAsync(CancellationToken cancellationToken)
    {
        foreach (var held in _held.Values)
        {
            if (!await held.VerifyAsync(cancellationToken).ConfigureAwait(false)) return false;
        }

        return true;
    }

    /// <summary>A commit with guards begins.</summary>
    public void BeginCommit() => Interlocked.Increment(ref _unsettled);

    /// <summary>It is known what became of it.</summary>
    public void EndCommit() => Interlocked.Decrement(ref _unsettled);

    /// <summary>Gives a lock back.</summary>
    public ValueTask ReleaseAsync(string name, IKeyValueLock held)
    {
        _held.Remove(name);

        // Only that the store no longer has the lease's entry keeps a commit out that comes later.
        return held is LeaseLock lease && Volatile.Read(ref _unsettled) > 0 ? lease.EndAsync(canBeHandedOver: false) : held.DisposeAsync();
    }
}
