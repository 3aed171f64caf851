namespace WasiCloud.Embedding.Descriptors;

/// <summary>A guest's clock that never goes back, in nanoseconds: what <see cref="Poll"/> waits by.</summary>
internal interface IMonotonicClock
{
    long MonotonicNanoseconds { get; }

    /// <summary>Waits until it may have reached a deadline; the caller looks again. <see cref="long.MaxValue"/> waits for the cancellation.</summary>
    Task DelayUntilAsync(long deadline, CancellationToken cancellationToken);
}
