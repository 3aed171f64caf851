using WasiCloud.Embedding.Engine.Execution;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>How a guest is run: once, or call by call.</summary>
internal interface IGuestExecution
{
    /// <summary>Runs the guest to its end and releases its store.</summary>
    /// <param name="store">The guest.</param>
    /// <param name="limits">The limits of the whole.</param>
    ValueTask<GuestOutcome> ExecuteAsync(GuestStore store, ExecutionLimits limits);
}
