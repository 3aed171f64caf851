using WasiCloud.Embedding.KeyValue.Locks;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>
/// Lets the guests of one host that read a key, change it and put it back come one after the other, in the order in which they came. Thread-safe.
/// </summary>
internal sealed class KeyTurns
{
    private readonly LockTurns _turns = new();

    /// <summary>Waits for the turn of a key, but not for ever: a store that stands still must not stand still once for each who waits.</summary>
    /// <returns>Whether it is the caller's turn, to be passed on by <see cref="Pass"/>. If not, the caller may go on without one.</returns>
    public async ValueTask<bool> TakeAsync(string key, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        if (_turns.TryTake(key)) return true;
        using var timeout = new CancellationTokenSource(RetryPauses.Patience, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await _turns.TakeAsync(key, either.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Pass(string key) => _turns.Pass(key, default);
}
