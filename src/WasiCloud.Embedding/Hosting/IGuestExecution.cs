using WasiCloud.Embedding.Engine;

namespace WasiCloud.Embedding.Hosting;

/// <summary>How a guest is run: once, or call by call.</summary>
internal interface IGuestExecution
{
    /// <summary>The limits of the whole.</summary>
    ExecutionLimits Limits { get; }

    /// <summary>Runs the guest to its end and releases its store.</summary>
    ValueTask<GuestOutcome> ExecuteAsync(GuestStore store);
}
