using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace WasiCloud.Embedding.Hosting.Daemons;

/// <summary>Tells what a daemon does.</summary>
internal sealed class DaemonHealthCheck(DaemonService daemons, string name) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var daemon = daemons.Get(name);
        var state = daemon.State;
        var data = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["state"] = state.ToString(),
            ["restarts"] = daemon.Restarts,
            ["uptime"] = daemon.Uptime,
            ["memoryBytes"] = daemon.MemoryBytes,
            ["openDescriptors"] = daemon.OpenDescriptors,
            ["activeRequests"] = daemon.ActiveRequests,
        };
        var status = state switch
        {
            GuestDaemonState.Running => HealthStatus.Healthy,
            GuestDaemonState.Starting or GuestDaemonState.Waiting => HealthStatus.Degraded,
            _ => context.Registration.FailureStatus,
        };
        return Task.FromResult(new HealthCheckResult(status, $"{name} is {state}.", daemon.LastFailure, data));
    }
}
