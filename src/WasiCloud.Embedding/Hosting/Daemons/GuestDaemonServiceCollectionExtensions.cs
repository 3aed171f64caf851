using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using WasiCloud.Embedding;
using WasiCloud.Embedding.Hosting.Daemons;

#pragma warning disable IDE0130 // Extension methods on service collections live where users look for them.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Adds daemons to an application.</summary>
public static class GuestDaemonServiceCollectionExtensions
{
    /// <summary>
    /// Adds a daemon that starts and stops with the application (<see cref="IHostedService"/>). It is a keyed service, <see cref="GuestDaemon"/> by its name,
    /// once it has started.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">Its name, unique in the application.</param>
    /// <param name="load">Loads its module, by the application's <see cref="IInvocationHost"/>. The application does not start if this fails.</param>
    /// <param name="configure">Says how it lives.</param>
    /// <returns>The builder.</returns>
    public static IWasiCloudBuilder AddDaemon(
        this IWasiCloudBuilder builder, string name, Func<IServiceProvider, CancellationToken, ValueTask<GuestModule>> load,
        Action<GuestDaemonOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(load);
        var options = new GuestDaemonOptions();
        configure?.Invoke(options);
        DaemonOptionsValidator.Instance.ThrowIfInvalid(options, nameof(configure));
        if (Registrations(builder.Services).Any(daemon => daemon.Name == name)) throw new InvalidOperationException($"The daemon '{name}' was added twice.");
        builder.Services.AddSingleton(new DaemonRegistration(name, load, options));
        builder.Services.AddKeyedSingleton(name, (provider, _) => provider.GetRequiredService<DaemonService>().Get(name));
        builder.Services.TryAddSingleton<DaemonService>();
        if (builder.Services.Count(service => service.ServiceType == typeof(DaemonRegistration)) == 1)
            builder.Services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<DaemonService>());
        return builder;
    }

    /// <summary>
    /// Adds a check, named <c>daemon:&lt;name&gt;</c>, for each daemon added so far: healthy while its guest runs, degraded while it is started again.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="failureStatus">What a daemon is that has stopped or failed; by default unhealthy.</param>
    /// <param name="tags">Tags of the checks.</param>
    /// <returns>The health checks.</returns>
    public static IHealthChecksBuilder AddGuestDaemons(this IHealthChecksBuilder builder, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        foreach (var registration in Registrations(builder.Services).ToList())
        {
            if (!builder.Services.TryAddRegistration(new DaemonCheck(registration.Name))) continue;
            builder.Add(new HealthCheckRegistration(
                "daemon:" + registration.Name, provider =>
                    new DaemonHealthCheck(provider.GetRequiredService<DaemonService>(), registration.Name), failureStatus, tags));
        }

        return builder;
    }

    private static IEnumerable<DaemonRegistration> Registrations(IServiceCollection services) =>
        services.Select(service => service.IsKeyedService ? null : service.ImplementationInstance).OfType<DaemonRegistration>();
}
