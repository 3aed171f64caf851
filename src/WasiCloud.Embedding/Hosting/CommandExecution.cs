using WasiCloud.Embedding.Engine;

namespace WasiCloud.Embedding.Hosting;

/// <summary>Runs a command: <c>_start</c>, once.</summary>
internal sealed class CommandExecution(ExecutionLimits limits) : IGuestExecution
{
    public ExecutionLimits Limits { get; } = limits;

    // A trace is foreign code, which must not run on a fiber.
    public Task<GuestOutcome> ExecuteAsync(GuestStore store) => store.Module.Engine.Fibers is { } fibers && store.Guest.Trace is null
        ? fibers.RunAsync(store, Limits.Deadline, Limits.Fuel)
        : store.Module.Engine.Threads.RunAsync(store, Limits.Deadline, Limits.Fuel);
}
