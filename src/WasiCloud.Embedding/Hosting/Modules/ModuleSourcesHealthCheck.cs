using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>Tells which open sources have something that does not serve.</summary>
internal sealed class ModuleSourcesHealthCheck(ModuleSources sources) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var status = HealthStatus.Healthy;
        var data = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var feed in sources.Open)
        {
            if (feed.LastFailure is not { } failure) continue;
            data[feed.Shown] = failure.Message;
            var found = feed.Module is null ? context.Registration.FailureStatus : HealthStatus.Degraded;
            if (found < status) status = found;
        }

        var description = data.Count == 0 ? null : $"What {string.Join(" and ", data.Keys)} has now does not serve.";
        return Task.FromResult(new HealthCheckResult(status, description, data: data));
    }
}
