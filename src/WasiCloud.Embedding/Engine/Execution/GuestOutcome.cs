using System.Runtime.InteropServices;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>How a guest ended.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct GuestOutcome
{
    /// <summary>What the guest passed to <c>proc_exit</c>, 0 if it returned from <c>_start</c>, <see langword="null"/> if it did not end by itself.</summary>
    public int? ExitCode { get; private init; }

    /// <summary>The trap, if it was one.</summary>
    public GuestTrapException? Trap { get; private init; }

    /// <summary>What a host call threw: cancellation, a failure of the application's own function, or a defect of this library.</summary>
    public Exception? HostException { get; private init; }

    /// <summary>The size of the memory at the end.</summary>
    public long MemoryBytes { get; private init; }

    /// <summary>What the last entry burned; <see langword="null"/> if the engine does not count it.</summary>
    public long? FuelConsumed { get; private init; }

    /// <summary>How long it has computed.</summary>
    public TimeSpan CpuTime { get; init; }

    /// <summary>Why it failed, if that has been told already.</summary>
    public Exception? Failure { get; init; }

    /// <summary>An instance that nothing is wrong with has ended.</summary>
    public static GuestOutcome Ended { get; } = new() { ExitCode = 0 };

    /// <summary>A guest was to end while it did nothing.</summary>
    public static GuestOutcome Interrupted(OperationCanceledException exception) => new() { HostException = exception };

    /// <summary>Reads what the engine left behind and releases it.</summary>
    public static GuestOutcome Of(CallOutcome outcome, GuestStore store)
    {
        var (exitCode, hostException) = (store.ExitCode, store.HostException);
        GuestTrapException? trap = null;

        // On the way of an exit or an interruption, the error is only the vehicle: reading it would cost more than the guest (1 us a frame).
        if (exitCode is not null || hostException is not null) Discard(outcome);
        else if (outcome.TakeTrap() is { } engineTrap) trap = TrapTranslation.ToException(engineTrap);
        else if (outcome.TakeError() is { } error) (trap, hostException) = TrapTranslation.OfError(error);
        else exitCode = 0;
        return new GuestOutcome
        {
            ExitCode = exitCode,
            Trap = trap,
            HostException = exitCode is null ? hostException : null,
            MemoryBytes = store.MemoryBytes,
            FuelConsumed = store.FuelConsumed,
        };
    }

    /// <summary>The same, with what the instance used.</summary>
    public GuestOutcome MeasuredBy(GuestStore store) =>
        this with { MemoryBytes = store.MemoryBytes, FuelConsumed = store.FuelConsumed, CpuTime = store.Turn.Meter.Total };

    private static void Discard(CallOutcome outcome)
    {
        if (outcome.Error != 0) ErrorApi.Delete(outcome.Error);
        if (outcome.Trap != 0) TrapApi.Delete(outcome.Trap);
    }
}
