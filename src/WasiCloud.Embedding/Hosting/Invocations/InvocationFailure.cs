using WasiCloud.Embedding.Engine.Execution;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>Decides which exception tells how a guest ended.</summary>
internal static class InvocationFailure
{
    // The C API does not tell that a growth was denied (docs/rationale/engine.md). A guest that failed this close below the limit failed for want of memory:
    // allocators grow by 64 KiB (dlmalloc in C and Rust) up to a sixteenth of what they have (Go's arenas of 4 MiB in 64 MiB).
    private const long MinimumHeadroomBytes = 64 << 10;
    private const int HeadroomShare = 16;

    /// <returns>The exception, or <see langword="null"/> if the guest ended well.</returns>
    public static Exception? Of(GuestOutcome outcome, InvocationLimits limits)
    {
        if (limits.Termination is not null) return limits.Termination;
        if (outcome.ExitCode == 0) return null;
        if (outcome.Trap is { Code: GuestTrapCode.OutOfFuel }) return new GuestLimitException(GuestLimit.Fuel, limits.Fuel, outcome.Trap);
        if (outcome.Trap is { Code: not GuestTrapCode.StackOverflow } trap) return LimitBehind(outcome, limits, trap) ?? (Exception)trap;
        if (outcome.Trap is not null) return outcome.Trap;
        if (outcome.ExitCode is { } exitCode)
        {
            var exit = new GuestExitException(exitCode);
            return LimitBehind(outcome, limits, exit) ?? (Exception)exit;
        }

        // A reactor's call has told how it failed; an application's own function has.
        if (outcome.HostException is GuestException guestException) return guestException;
        if (outcome.HostException is not OperationCanceledException)
            return new GuestTrapException(GuestTrapCode.Other, "The host failed while the guest ran.", [], outcome.HostException);

        // The guest's own look at the clock may come before the timer fires.
        if (!limits.WasCanceled) return new GuestLimitException(GuestLimit.Time, limits.TimeoutMilliseconds);
        return Canceled(limits.CallerToken);
    }

    /// <summary>Says who cancelled.</summary>
    public static OperationCanceledException Canceled(CancellationToken callerToken) => callerToken.IsCancellationRequested
        ? new OperationCanceledException(callerToken)
        : new OperationCanceledException("The host was disposed, or the response was.");

    /// <summary>Tells how it ended as an async method does: a cancellation cancels the task.</summary>
    public static void Fail<T>(TaskCompletionSource<T> source, Exception exception)
    {
        if (exception is OperationCanceledException canceled) source.SetCanceled(canceled.CancellationToken);
        else source.SetException(exception);
    }

    private static GuestLimitException? LimitBehind(GuestOutcome outcome, InvocationLimits limits, Exception cause)
    {
        if (limits.ExceededDescriptors is { } descriptors) return new GuestLimitException(GuestLimit.Descriptors, descriptors, cause);
        var headroom = Math.Max(MinimumHeadroomBytes, limits.MaxMemoryBytes / HeadroomShare);
        return outcome.MemoryBytes > limits.MaxMemoryBytes - headroom ? new GuestLimitException(GuestLimit.Memory, limits.MaxMemoryBytes, cause) : null;
    }
}
