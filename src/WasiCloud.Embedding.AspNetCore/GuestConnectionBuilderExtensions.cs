using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.AspNetCore;

#pragma warning disable IDE0130 // Extension methods on IConnectionBuilder live where users look for them.
namespace Microsoft.AspNetCore.Builder;
#pragma warning restore IDE0130

/// <summary>Gives the connections of a listener to guests.</summary>
public static class GuestConnectionBuilderExtensions
{
    /// <summary>Gives each connection of a listener of Kestrel's a guest of its own, which finds it in <c>/connection/stream</c>.</summary>
    /// <param name="builder">The listener: <c>kestrel.Listen(address, port, listener => listener.UseGuestConnection(...))</c>, after <c>UseHttps</c> if it is
    /// to have TLS.</param>
    /// <param name="selectModule">Chooses the guest of a connection. Called for each: load a module once and keep it.</param>
    /// <param name="configure">Sets arguments, environment and limits, and completes each connection's request.</param>
    /// <returns>The listener.</returns>
    /// <remarks>
    /// With Kestrel, the end of either direction is soon the end of both: a guest has <see cref="WasiCloud.Embedding.GuestConnectionOptions.GracePeriod"/>
    /// after the client's end, and the client gets nothing after the guest's.
    /// </remarks>
    public static IConnectionBuilder UseGuestConnection(
        this IConnectionBuilder builder, Func<ConnectionContext, ValueTask<WasiCloud.Embedding.GuestModule>> selectModule,
        Action<GuestStreamOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(selectModule);
        return Use(builder, new ModuleSelector<ConnectionContext>(selectModule), opened: null, configure);
    }

    /// <summary>Gives each connection of a listener of Kestrel's a guest of the module that a source has at that moment, which it keeps to its end.</summary>
    /// <param name="builder">
    /// The listener: <c>kestrel.Listen(address, port, listener => listener.UseGuestConnection(...))</c>, after <c>UseHttps</c> if it is to have TLS.
    /// </param>
    /// <param name="source">
    /// The source, such as a file that is followed. It is loaded when the server begins to listen, and connections wait for it. To have the application's start
    /// fail if it cannot be, call <see cref="WasiCloud.Embedding.IInvocationHost.OpenAtStart"/> as well.
    /// </param>
    /// <param name="configure">Sets arguments, environment and limits.</param>
    /// <returns>The listener.</returns>
    public static IConnectionBuilder UseGuestConnection(
        this IConnectionBuilder builder, WasiCloud.Embedding.GuestModuleSource source, Action<GuestStreamOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(source);
        return Use(builder, new ModuleSelector<ConnectionContext>(source), source, configure);
    }

    private static IConnectionBuilder Use(
        IConnectionBuilder builder,
        ModuleSelector<ConnectionContext> modules,
        WasiCloud.Embedding.GuestModuleSource? opened,
        Action<GuestStreamOptions>? configure)
    {
        var options = new GuestStreamOptions();
        configure?.Invoke(options);
        GuestStreamOptionsValidator.Instance.ThrowIfInvalid(options, nameof(configure));
        options.Limits.Validate(nameof(configure));

        // The listener is described before the application's services can be used.
        var services = builder.ApplicationServices;
        var endpoint = new Lazy<GuestStreamEndpoint>(() => new GuestStreamEndpoint(
            services.GetRequiredService<WasiCloud.Embedding.IInvocationHost>(),
            modules,
            options,
            services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(GuestStreamEndpoint).Namespace!),
            services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping));
        return builder.Use(_ =>
        {
            if (opened is not null) services.GetRequiredService<WasiCloud.Embedding.IInvocationHost>().OpenAtStart(opened);
            return connection => endpoint.Value.HandleAsync(connection);
        });
    }
}
