using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine;

/// <summary>How a run ended.</summary>
internal sealed record GuestOutcome
{
    /// <summary>What the guest passed to <c>proc_exit</c>, 0 if it returned from <c>_start</c>, <see langword="null"/> if it did not end by itself.</summary>
    public int? ExitCode { get; private init; }

    /// <summary>The trap, if it was one.</summary>
    public GuestTrapException? Trap { get; private init; }

    /// <summary>What a host call threw: cancellation, or a defect of this library.</summary>
    public Exception? HostException { get; private init; }

    /// <summary>The size of the memory at the end.</summary>
    public long MemoryBytes { get; private init; }

    /// <summary>Reads what the engine left behind and releases it.</summary>
    public static GuestOutcome Of(CallOutcome outcome, GuestRun run, long memoryBytes)
    {
        // On the way of an exit or an interruption, the error is only the vehicle: reading it would cost more than the guest (1 us a frame).
        if (run.Guest.ExitCode is { } exitCode)
        {
            Discard(outcome);
            return new GuestOutcome { ExitCode = exitCode, MemoryBytes = memoryBytes };
        }

        if (run.HostException is { } hostException)
        {
            Discard(outcome);
            return new GuestOutcome { HostException = hostException, MemoryBytes = memoryBytes };
        }

        if (outcome.TakeTrap() is { } trap) return new GuestOutcome { Trap = TrapTranslation.ToException(trap), MemoryBytes = memoryBytes };
        if (outcome.TakeError() is { } error) return new GuestOutcome { HostException = new InvalidOperationException(error.Message), MemoryBytes = memoryBytes };
        return new GuestOutcome { ExitCode = 0, MemoryBytes = memoryBytes };
    }

    private static void Discard(CallOutcome outcome)
    {
        if (outcome.Error != 0) ErrorApi.Delete(outcome.Error);
        if (outcome.Trap != 0) TrapApi.Delete(outcome.Trap);
    }
}
