namespace WasiCloud.Embedding.Hosting;

/// <summary>How many guests may run at one time, and the queue for the others. Thread-safe.</summary>
/// <param name="count">The number of slots.</param>
/// <param name="queueTimeout">How long one waits for a slot.</param>
/// <param name="shutdownToken">Ends the waiting.</param>
internal sealed class InvocationSlots(int count, TimeSpan queueTimeout, CancellationToken shutdownToken) : IDisposable
{
    private readonly SemaphoreSlim _free = new(count);

    /// <summary>Takes a slot, in the order of arrival.</summary>
    /// <exception cref="GuestLimitException">There was none for too long.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or the host is being disposed.</exception>
    public async ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        if (await _free.WaitAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false)) return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, shutdownToken);
        try
        {
            if (await _free.WaitAsync(queueTimeout, either.Token).ConfigureAwait(false)) return;
        }
        catch (OperationCanceledException)
        {
            throw InvocationFailure.Canceled(cancellationToken);
        }

        throw new GuestLimitException(GuestLimit.Concurrency, count);
    }

    /// <summary>Gives a slot back.</summary>
    public void Leave() => _free.Release();

    /// <summary>Takes all slots, for good: then every guest has ended and no other will start.</summary>
    public async Task CloseAsync()
    {
        for (var slot = 0; slot < count; slot++) await _free.WaitAsync(CancellationToken.None).ConfigureAwait(false);
    }

    public void Dispose() => _free.Dispose();
}
