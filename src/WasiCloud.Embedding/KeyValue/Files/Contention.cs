using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>
/// Repeats what the commits of others got in the way of. Its bound is a time, not a number of rounds: one competitor that commits again and again wins any
/// number of them.
/// </summary>
internal static class Contention
{
    /// <summary>Tries until it succeeds, fails for a reason of its own, or <see cref="RetryPauses.Patience"/> is over.</summary>
    /// <param name="attachment">The guest.</param>
    /// <param name="state">What to give each attempt.</param>
    /// <param name="attempt">One attempt: <see cref="Errno.Again"/> if others interfered.</param>
    /// <param name="lost">What to return when the time is over.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async ValueTask<Errno> RepeatAsync<TState>(
        KeyValueAttachment attachment, TState state, Func<TState, CancellationToken, ValueTask<Errno>> attempt, Errno lost, CancellationToken cancellationToken)
    {
        var error = await attempt(state, cancellationToken).ConfigureAwait(false);
        if (error != Errno.Again) return error;
        if (attachment.Backend is ISynchronousKeyValueBackend memory)
        {
            error = await AttemptAlone(memory.Exclusive, state, attempt, cancellationToken).ConfigureAwait(false);
            return error == Errno.Again ? lost : error;
        }

        var pauses = new RetryPauses(attachment.TimeProvider);
        while (error == Errno.Again)
        {
            if (!await pauses.NextAsync(cancellationToken).ConfigureAwait(false)) return lost;
            error = await attempt(state, cancellationToken).ConfigureAwait(false);
        }

        return error;
    }

    /// <summary>The same of what reads a key, changes it and puts it back: the guests of this host come one after the other.</summary>
    /// <param name="attachment">The guest.</param>
    /// <param name="key">The key.</param>
    /// <param name="state">What to give each attempt.</param>
    /// <param name="attempt">One attempt: <see cref="Errno.Again"/> if others interfered.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async ValueTask<Errno> RepeatInTurnAsync<TState>(
        KeyValueAttachment attachment, string key, TState state, Func<TState, CancellationToken, ValueTask<Errno>> attempt, CancellationToken cancellationToken)
    {
        // A store in memory never waits, and its second attempt is alone.
        var turns = attachment.IsSynchronous ? null : attachment.Scope.Turns;
        var isOurTurn = turns is not null && await turns.TakeAsync(key, attachment.TimeProvider, cancellationToken).ConfigureAwait(false);
        try
        {
            return await RepeatAsync(attachment, state, attempt, Errno.Again, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (isOurTurn) turns!.Pass(key);
        }
    }

    // In this process's memory everybody else can be made to wait, for the microseconds that it takes. Nothing is waited for in it: it has completed when it
    // returns.
    private static ValueTask<Errno> AttemptAlone<TState>(
        Lock everybody, TState state, Func<TState, CancellationToken, ValueTask<Errno>> attempt, CancellationToken cancellationToken)
    {
        lock (everybody) return attempt(state, cancellationToken);
    }
}
