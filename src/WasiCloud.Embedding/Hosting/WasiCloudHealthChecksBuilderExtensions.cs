using Microsoft.Extensions.Diagnostics.HealthChecks;
using WasiCloud.Embedding;
using WasiCloud.Embedding.Hosting;
using WasiCloud.Embedding.Hosting.Modules;

#pragma warning disable IDE0130 // Extension methods on health checks live where users look for them.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>The health checks of the host of guests, and of where its modules come from.</summary>
public static class WasiCloudHealthChecksBuilderExtensions
{
    /// <summary>How long the guest of a check may take, unless another time is given.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Adds a check, named <c>wasicloud</c>, of whether guests can run: it runs a small one that is not the application's. Where no slot is free or the queue
    /// is full, it runs none and is degraded: it never waits among the application's guests, nor takes a place that one of them waits for. Adding it again
    /// changes nothing.
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
        return AddOnce(builder, "wasicloud", provider => new HostHealthCheck(provider.GetRequiredService<InvocationHost>(), patience), failureStatus, tags);
    }

    /// <summary>
    /// Adds a check, named <c>wasicloud-modules</c>, of whether what the open sources have (<see cref="GuestModuleSource"/>) serves: it is degraded while the
    /// newest file of one cannot be loaded and its last module serves on.
    /// </summary>
    /// <remarks>Its data: for each such source, its file (its name, if it is none) and why it cannot be loaded.</remarks>
    /// <param name="builder">The health checks.</param>
    /// <param name="failureStatus">What it is while one has no module at all; by default unhealthy.</param>
    /// <param name="tags">Tags of the check.</param>
    /// <returns>The health checks.</returns>
    public static IHealthChecksBuilder AddWasiCloudModules(
        this IHealthChecksBuilder builder, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return AddOnce(
            builder, "wasicloud-modules", provider => new ModuleSourcesHealthCheck(provider.GetRequiredService<ModuleSources>()), failureStatus, tags);
    }

    private static IHealthChecksBuilder AddOnce(
        IHealthChecksBuilder builder, string name, Func<IServiceProvider, IHealthCheck> create, HealthStatus? failureStatus, IEnumerable<string>? tags) =>
        builder.Services.TryAddRegistration(new AddedCheck(name)) ? builder.Add(new HealthCheckRegistration(name, create, failureStatus, tags)) : builder;

    private sealed record AddedCheck(string Name);
}
