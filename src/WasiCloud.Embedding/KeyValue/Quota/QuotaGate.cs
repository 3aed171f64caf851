namespace WasiCloud.Embedding.KeyValue.Quota;

/// <summary>
/// Many at a time, or one alone. Whoever wants to be alone waits for those inside, and meanwhile lets nobody in. Not thread-safe but for
/// <see cref="EnterAloneAsync"/>; its owner's lock guards it.
/// </summary>
#pragma warning disable CA1001 // A semaphore whose wait handle is never asked for has nothing to dispose.
internal sealed class QuotaGate(Lock owner)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private TaskCompletionSource? _empty;
    private int _inside;
    private int _alone;

    /// <summary>Whether somebody is alone inside, or about to be.</summary>
    public bool IsClosed => _alone > 0;

    public void Enter() => _inside++;

    public void Leave()
    {
        if (--_inside == 0) _empty?.SetResult();
    }

    public async ValueTask EnterAloneAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        Task? empty = null;
        lock (owner)
        {
            _alone = 1;
            if (_inside > 0) empty = (_empty = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        if (empty is null) return;
        try
        {
            await empty.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (owner) LeaveAlone();
            throw;
        }
    }

    /// <summary>Whoever is alone inside has to leave once more.</summary>
    public void StayAlone() => _alone++;

    public void LeaveAlone()
    {
        if (--_alone > 0) return;
        _empty = null;
        _turn.Release();
    }
}
