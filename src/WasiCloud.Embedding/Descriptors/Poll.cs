using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>Waits for the first of several descriptors and clocks, with one wait for all.</summary>
internal static class Poll
{
    /// <summary>Looks without waiting.</summary>
    /// <returns>Whether the outcome is settled: everything could be asked and something is ready.</returns>
    public static bool TryComplete(PollSubscriptions subscriptions, IMonotonicClock clock)
    {
        for (var index = 0; index < subscriptions.Count; index++)
        {
            ref var subscription = ref subscriptions[index];
            if (subscription.Handle is not { } handle) continue;
            if (!handle.TryPoll(subscription.Interest, out var readiness)) return false;
            subscription.Complete(readiness);
        }

        return AnyReady(subscriptions, clock);
    }

    /// <summary>Waits until something is ready. Waits that lost are cancelled and awaited before this returns.</summary>
    public static async ValueTask WaitAsync(PollSubscriptions subscriptions, IMonotonicClock clock, CancellationToken cancellationToken)
    {
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var waits = Group(subscriptions);
        var running = waits.Values.Select(wait => wait.RunAsync(answered, losers.Token)).ToArray();
        try
        {
            await WaitForFirstAsync(subscriptions, answered.Task, clock, losers.Token).ConfigureAwait(false);
        }
        finally
        {
            await EndAsync(losers, Task.WhenAll(running)).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        Collect(subscriptions, waits);
    }

    /// <summary>Cancels a wait and sees it end, also if something that listens to the cancellation throws.</summary>
    public static async Task EndAsync(CancellationTokenSource cancellation, Task wait)
    {
        try
        {
            await cancellation.CancelAsync().ConfigureAwait(false);
        }
        finally
        {
            await wait.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Counts what is there of all that became ready (witx <c>event_fd_readwrite.nbytes</c>). Nothing is waited for: what is not known at once is counted as
    /// one byte.
    /// </summary>
    public static void Count(PollSubscriptions subscriptions)
    {
        for (var index = 0; index < subscriptions.Count; index++)
        {
            ref var subscription = ref subscriptions[index];
            if (!subscription.IsReady || subscription.Error != Errno.Success || subscription.Handle is not { } handle) continue;
            subscription.AvailableBytes = (subscription.Readiness & FileReadiness.Write) != 0 ? 1UL : 0;
            if ((subscription.Readiness & FileReadiness.Read) == 0) continue;
            subscription.AvailableBytes = Count(subscription.Descriptor!, handle);
            if (subscription.AvailableBytes == 0 && handle.HangsUpAtEnd) subscription.Readiness |= FileReadiness.HangUp;
        }
    }

    private static ulong Count(Descriptor descriptor, FileHandle handle)
    {
        if (!handle.CanSeek || descriptor.Node.Type != FileType.RegularFile) return (ulong)Math.Max(handle.AvailableBytes ?? 1, 0);
        if (handle.KnownSize is { } known) return (ulong)Math.Max(known - descriptor.Offset, 0);
        var status = CompletedTask.Take(descriptor.GetStatusAsync(Suspension.Forbidden));
        if (status.Error != Errno.Success) return 1;
        var (offset, size) = ((ulong)descriptor.Offset, status.Value.Attributes.Size);
        return size > offset ? size - offset : 0;
    }

    private static Dictionary<FileHandle, PollWait> Group(PollSubscriptions subscriptions)
    {
        var waits = new Dictionary<FileHandle, PollWait>(ReferenceEqualityComparer.Instance);
        for (var index = 0; index < subscriptions.Count; index++)
        {
            ref var subscription = ref subscriptions[index];
            if (subscription.Handle is not { } handle) continue;
            if (!waits.TryGetValue(handle, out var wait)) waits.Add(handle, wait = new PollWait(handle));
            wait.Interest |= subscription.Interest;
        }

        return waits;
    }

    // Two tasks are raced however many subscriptions there are, so a wake-up costs the same for 1 and for 1,000.
    private static async Task WaitForFirstAsync(PollSubscriptions subscriptions, Task answered, IMonotonicClock clock, CancellationToken cancellationToken)
    {
        var earliest = EarliestDeadline(subscriptions);
        while (!AnyReady(subscriptions, clock) && !answered.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.WhenAny(answered, clock.DelayUntilAsync(earliest, cancellationToken)).ConfigureAwait(false);
        }
    }

    private static long EarliestDeadline(PollSubscriptions subscriptions)
    {
        var earliest = long.MaxValue;
        for (var index = 0; index < subscriptions.Count; index++)
        {
            ref var subscription = ref subscriptions[index];
            if (subscription.Descriptor is null) earliest = Math.Min(earliest, subscription.Deadline);
        }

        return earliest;
    }

    // Descriptors keep what TryComplete or Collect found; clocks are looked at now.
    private static bool AnyReady(PollSubscriptions subscriptions, IMonotonicClock clock)
    {
        var anyReady = false;
        var now = clock.MonotonicNanoseconds;
        for (var index = 0; index < subscriptions.Count; index++)
        {
            ref var subscription = ref subscriptions[index];
            if (subscription.Descriptor is null) subscription.Complete(now);
            anyReady |= subscription.IsReady;
        }

        return anyReady;
    }

    private static void Collect(PollSubscriptions subscriptions, Dictionary<FileHandle, PollWait> waits)
    {
        for (var index = 0; index < subscriptions.Count; index++)
        {
            ref var subscription = ref subscriptions[index];
            if (subscription.Handle is not { } handle || !waits.TryGetValue(handle, out var wait) || wait.Result is not { } result) continue;
            subscription.Complete(result);
            subscription.Failure = wait.TakeFailure();
        }
    }
}
