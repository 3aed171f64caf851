using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>Waits for the first of several descriptors and clocks, with one wait for all.</summary>
internal static class Poll
{
    /// <summary>Looks without waiting.</summary>
    /// <returns>Whether the outcome is settled: everything could be asked and something is ready.</returns>
    public static bool TryComplete(Span<PollSubscription> subscriptions, GuestClock clock)
    {
        var anyReady = false;
        var now = clock.MonotonicNanoseconds;
        foreach (ref var subscription in subscriptions)
        {
            if (subscription.Handle is null)
                subscription.IsReady = subscription.Error != Errno.Success || subscription.Deadline <= now;
            else if (subscription.Handle.TryPoll(subscription.Interest, out var readiness))
                subscription.Complete(readiness);
            else
                return false;
            anyReady |= subscription.IsReady;
        }

        return anyReady;
    }

    /// <summary>Waits until something is ready. Waits that lost are cancelled and awaited before this returns.</summary>
    public static async ValueTask WaitAsync(PollSubscription[] subscriptions, GuestClock clock, CancellationToken cancellationToken)
    {
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waits = new List<Task>(subscriptions.Length);
        var earliest = long.MaxValue;
        for (var index = 0; index < subscriptions.Length; index++)
        {
            if (subscriptions[index].Handle is not null)
                waits.Add(PollOneAsync(subscriptions, index, losers.Token));
            else if (subscriptions[index].Error == Errno.Success)
                earliest = Math.Min(earliest, subscriptions[index].Deadline);
        }

        try
        {
            while (!AnyReady(subscriptions, clock))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var timer = earliest == long.MaxValue ? null : clock.DelayUntilAsync(earliest, losers.Token);
                if (timer is not null) waits.Add(timer);
                await (await Task.WhenAny(waits).ConfigureAwait(false)).ConfigureAwait(false);
                if (timer is not null && timer.IsCompleted) waits.Remove(timer);
            }
        }
        finally
        {
            await losers.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(waits).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private static async Task PollOneAsync(PollSubscription[] subscriptions, int index, CancellationToken cancellationToken)
    {
        var handle = subscriptions[index].Handle!;
        try
        {
            var result = handle.TryPoll(subscriptions[index].Interest, out var known) && known is not { Error: Errno.Success, Value: FileReadiness.None }
                ? known
                : await handle.PollAsync(subscriptions[index].Interest, cancellationToken).ConfigureAwait(false);
            subscriptions[index].Complete(result);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Something else was ready first; this one reports nothing.
        }
    }

    private static bool AnyReady(PollSubscription[] subscriptions, GuestClock clock)
    {
        var anyReady = false;
        var now = clock.MonotonicNanoseconds;
        foreach (ref var subscription in subscriptions.AsSpan())
        {
            if (subscription.Handle is null) subscription.IsReady = subscription.Error != Errno.Success || subscription.Deadline <= now;
            anyReady |= subscription.IsReady;
        }

        return anyReady;
    }
}
