using WasiCloud.Embedding.KeyValue.Locks;

namespace WasiCloud.Embedding.KeyValue;

/// <summary>
/// Exclusive locks by name: what <c>.lock</c> of a scope needs. <see cref="LeaseLocks"/> makes them of any backend; a backend that has better ones implements
/// this itself.
/// </summary>
/// <remarks>
/// Thread-safe. A name is what a key may be, with <see cref="LeaseLocks.Prefix"/> before it. A lock belongs to what <see cref="AcquireAsync"/> returned, not to
/// a thread or a guest, and is not reentrant: whoever asks again waits for himself. A failure of the store is an exception.
/// </remarks>
public interface IKeyValueLocks
{
    /// <summary>Waits for a lock and takes it. Those who wait in one process get it in the order in which they came.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends the wait, which then leaves nothing behind.</param>
    /// <returns>The lock, held until it is disposed.</returns>
    /// <exception cref="ArgumentException">The name is not allowed.</exception>
    ValueTask<IKeyValueLock> AcquireAsync(string name, CancellationToken cancellationToken);

    /// <summary>Takes a lock if nobody has it and nobody waits for it in this process.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The lock, held until it is disposed, or <see langword="null"/>.</returns>
    /// <exception cref="ArgumentException">The name is not allowed.</exception>
    ValueTask<IKeyValueLock?> TryAcquireAsync(string name, CancellationToken cancellationToken);
}
