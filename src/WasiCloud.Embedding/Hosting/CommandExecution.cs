using WasiCloud.Embedding.Engine;

namespace WasiCloud.Embedding.Hosting;

/// <summary>Runs a command: <c>_start</c>, once.</summary>
internal sealed class CommandExecution(GuestThreads threads, ExecutionLimits limits) : IGuestExecution
{
    public ExecutionLimits Limits { get; } = limits;

    public Task<GuestOutcome> ExecuteAsync(GuestStore store) => threads.RunAsync(store, Limits.Deadline, Limits.Fuel);
}
