using Microsoft.Extensions.Diagnostics.HealthChecks;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Setup;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Health checks of key-value scopes.</summary>
public static class KeyValueHealthChecksBuilderExtensions
{
    // Less than what most probes wait.
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Adds a check, named <c>kv:&lt;scope&gt;</c>, for each scope that has a backend so far: whether it answers. One that has a check already
    /// keeps it as it is.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="failureStatus">What a scope is that does not answer; by default unhealthy.</param>
    /// <param name="tags">Tags of the checks.</param>
    /// <param name="timeout">How long a scope may take; 3 seconds by default.</param>
    /// <returns>The health checks.</returns>
    public static IHealthChecksBuilder AddKeyValueScopes(
        this IHealthChecksBuilder builder, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var scopes = builder.Services.Where(service => service.IsKeyedService && service.ServiceType == typeof(IKeyValueBackend))
            .Select(service => service.ServiceKey).OfType<string>().ToList();
        foreach (var scope in scopes)
        {
            if (!builder.Services.TryAddRegistration(new KeyValueScopeCheck(scope))) continue;
            builder.Add(new HealthCheckRegistration(
                "kv:" + scope, provider =>
                    new KeyValueHealthCheck(provider.GetRequiredKeyedService<IKeyValueBackend>(scope)), failureStatus, tags, timeout ?? DefaultTimeout));
        }

        return builder;
    }
}
