using WasiCloud.Embedding.Engine.Execution;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>Runs a command: <c>_start</c>, once.</summary>
internal sealed class CommandExecution : IGuestExecution
{
    public static CommandExecution Instance { get; } = new();

    public ValueTask<GuestOutcome> ExecuteAsync(GuestStore store, ExecutionLimits limits) =>
        store.Module.Engine.Fibers is { } fibers
        ? fibers.RunAsync(store, limits.Deadline, limits.Fuel)
        : store.Module.Engine.Threads.RunAsync(store, limits.Deadline, limits.Fuel);
}
