using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace WasiCloud.Embedding.Hosting;

/// <summary>Tells whether guests can run, by running one, and how many do.</summary>
/// <param name="host">The host.</param>
/// <param name="timeout">How long the guest may take.</param>
internal sealed class HostHealthCheck(InvocationHost host, TimeSpan timeout) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var load = host.Load;
        var data = DataOf(load);
        if (load.IsQueueFull) return HealthCheckResult.Degraded($"{load.Queued} invocations wait already, as many as may.", data: data);
        try
        {
            return await host.TryProbeAsync(timeout, cancellationToken).ConfigureAwait(false)
                ? HealthCheckResult.Healthy(data: data)
                : HealthCheckResult.Degraded($"{load.Running} of {load.Slots} slots are taken, and {load.Queued} invocations wait.", data: data);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, exception.Message, exception, data);
        }
    }

    private static Dictionary<string, object> DataOf(HostLoad load) => new(StringComparer.Ordinal)
    {
        ["running"] = load.Running,
        ["slots"] = load.Slots,
        ["queued"] = load.Queued,
        ["maxQueued"] = load.MaxQueued,
        ["waitingToCompute"] = load.WaitingToCompute,
        ["responseBufferBytes"] = load.ResponseBufferBytes,
        ["processBytes"] = Environment.WorkingSet,
    };
}
