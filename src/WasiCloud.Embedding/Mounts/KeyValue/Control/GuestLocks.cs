using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Mounts.KeyValue.Control;

/// <summary>The locks that one guest holds. One guest makes one call at a time, so nothing here is locked.</summary>
internal sealed class GuestLocks(IKeyValueLocks locks, int maxLocks)
{
    private readonly HashSet<string> _held = new(StringComparer.Ordinal);

    /// <summary>Takes a lock.</summary>
    /// <returns><see cref="Errno.DeadLk"/> if this guest would wait for itself; <see cref="Errno.Again"/>; <see cref="Errno.NoLck"/>.</returns>
    public async ValueTask<(Errno Error, IKeyValueLock? Lock)> AcquireAsync(string name, bool nonBlocking, CancellationToken cancellationToken)
    {
        if (_held.Contains(name)) return (nonBlocking ? Errno.Again : Errno.DeadLk, null);
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
        _held.Add(name);
        return (Errno.Success, taken);
    }

    /// <summary>Gives a lock back.</summary>
    public ValueTask ReleaseAsync(string name, IKeyValueLock held)
    {
        _held.Remove(name);
        return held.DisposeAsync();
    }
}
