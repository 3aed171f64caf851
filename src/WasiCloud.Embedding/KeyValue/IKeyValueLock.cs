namespace WasiCloud.Embedding.KeyValue;

/// <summary>A lock that is held, until it is disposed or lost. Thread-safe.</summary>
/// <remarks>Disposing a second time does nothing. Disposing may throw what the backend throws; the lock is then free when its lease ends.</remarks>
public interface IKeyValueLock : IAsyncDisposable
{
    /// <summary>
    /// A number over 0, higher than that of every holder of this name before, in any process and over restarts: a store that takes no request with a lower one
    /// than it has seen is safe from a holder that does not know yet that it has lost the lock.
    /// </summary>
    long FencingToken { get; }

    /// <summary>
    /// What makes a batch of the scope fail unless the lock is still held, by what the store itself knows when it applies the batch, however late that is: put
    /// it into every batch of what the lock protects. <see langword="null"/> if the locks have none.
    /// </summary>
    /// <remarks>
    /// It changes when the lock is renewed. So if it is what failed, ask <see cref="VerifyAsync"/>, and if the lock is held, try again with what it is then.
    /// </remarks>
    KeyValueOperation? Guard => null;

    /// <summary>Asks the store whether the lock is still held, and brings <see cref="Guard"/> up to date.</summary>
    /// <param name="cancellationToken">Cancels the question.</param>
    /// <returns>Whether it is.</returns>
    ValueTask<bool> VerifyAsync(CancellationToken cancellationToken) => new(!Lost.IsCancellationRequested);

    /// <summary>
    /// Cancelled when the holder can no longer be sure of the lock, because the store did not confirm it in time or says that another has it. Final.
    /// </summary>
    CancellationToken Lost { get; }
}
