using Microsoft.Extensions.Diagnostics.HealthChecks;
using WasiCloud.Embedding.Hosting;

#pragma warning disable IDE0130 // Extension methods on health checks live where users look for them.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>The health check of the host of guests.</summary>
public static class WasiCloudHealthChecksBuilderExtensions
{
    /// <summary>How long the guest of a check may take, unless another time is given.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Adds a check, named <c>wasicloud</c>, of whether guests can run: it runs a small one that is not the application's. Where no slot is free or the queue
    /// is
    /// full, it runs none and is degraded: it never waits among the application's guests, nor takes a place that one of them waits for.
    /// </summary>
    /// <remarks>
    /// Its data: <c>running</c> slots that are taken, <c>slots</c> that there are, <c>queued</c> invocations and <c>maxQueued</c>, <c>waitingToCompute</c>
    /// guests
    /// (docs/overload.md), <c>responseBufferBytes</c> that wait for clients, and <c>processBytes</c>, the process's memory.
    /// </remarks>
    /// <param name="builder">The health checks.</param>
    /// <param name="failureStatus">What a host is on which the guest fails or takes too long; by default unhealthy.</param>
    /// <param name="tags">Tags of the check.</param>
    /// <param name="timeout">How long the guest may take; 3 seconds by default, more than 0 and at most 24 days.</param>
    /// <returns>The health checks.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of its range.</exception>
    public static IHealthChecksBuilder AddWasiCloud(
        this IHealthChecksBuilder builder, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var patience = timeout ?? DefaultTimeout;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(patience, TimeSpan.Zero, nameof(timeout));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(patience, TimeSpan.FromDays(24), nameof(timeout));

        // The check limits itself, which tells more than that it was cancelled.
        return builder.Add(new HealthCheckRegistration(
            "wasicloud", provider => new HostHealthCheck(provider.GetRequiredService<InvocationHost>(), patience), failureStatus, tags));
    }
}
