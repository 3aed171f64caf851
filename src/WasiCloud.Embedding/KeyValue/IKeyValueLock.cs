namespace WasiCloud.Embedding.KeyValue;

/// <summary>A lock that is held, until it is disposed or lost. Thread-safe.</summary>
/// <remarks>Disposing a second time does nothing. Disposing may throw what the backend throws; the lock is then free when its lease ends.</remarks>
public interface IKeyValueLock : IAsyncDisposable
{
    /// <summary>
    /// A number over 0, higher than that of every holder of this name before, in any process and over restarts: a store that takes no request with a lower one than it has
    /// seen is safe from a holder who does not know yet that he has lost the lock.
    /// </summary>
    long FencingToken { get; }

    /// <summary>Cancelled when the holder can no longer be sure of the lock, because the store did not confirm it in time or says that another has it. Final.</summary>
    CancellationToken Lost { get; }
}
