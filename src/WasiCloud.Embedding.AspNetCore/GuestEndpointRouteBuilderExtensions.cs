using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding;
using WasiCloud.Embedding.AspNetCore;
using WasiCloud.Embedding.AspNetCore.WebSockets;

#pragma warning disable IDE0130 // Extension methods on IEndpointRouteBuilder live where users look for them.
namespace Microsoft.AspNetCore.Builder;
#pragma warning restore IDE0130

/// <summary>Maps routes to guests.</summary>
public static class GuestEndpointRouteBuilderExtensions
{
    /// <summary>Answers every request that matches the pattern, of any method, with one invocation of a guest.</summary>
    /// <param name="endpoints">The application's routes.</param>
    /// <param name="pattern">The route pattern, such as <c>/counter/{name}</c>.</param>
    /// <param name="module">The guest, loaded by the application's <see cref="IInvocationHost"/>.</param>
    /// <param name="configure">Sets interface, arguments, environment and timeout, and completes each request.</param>
    /// <returns>A builder for the endpoint's conventions: authorization, rate limits, CORS and so on.</returns>
    /// <exception cref="InvalidOperationException"><c>AddWasiCloud()</c> was not called.</exception>
    /// <exception cref="ArgumentException">
    /// The module is a reactor, which cannot answer a request; or an option is out of its range or contradicts another.
    /// </exception>
    public static IEndpointConventionBuilder MapGuest(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, GuestModule module, Action<GuestEndpointOptions>? configure = null)
    {
        RequireCommand(endpoints, module, "answer a request");
        ArgumentNullException.ThrowIfNull(endpoints);
        var target = new ModuleTarget(HostOf(endpoints), module);
        return Map(endpoints, pattern, _ => new ValueTask<GuestTarget?>(target), configure).WithDisplayName($"{pattern} => guest {module.Name}");
    }

    /// <summary>Answers every request that matches the pattern, of any method, with one invocation of the guest chosen for it.</summary>
    /// <param name="endpoints">The application's routes.</param>
    /// <param name="pattern">The route pattern, such as <c>/{tenant}/{**rest}</c>.</param>
    /// <param name="selectModule">Chooses the guest of a request: by tenant, by version, or loaded on first use.</param>
    /// <param name="configure">Sets interface, arguments, environment and timeout, and completes each request.</param>
    /// <returns>A builder for the endpoint's conventions: authorization, rate limits, CORS and so on.</returns>
    /// <exception cref="InvalidOperationException"><c>AddWasiCloud()</c> was not called.</exception>
    /// <exception cref="ArgumentException">An option is out of its range or contradicts another.</exception>
    public static IEndpointConventionBuilder MapGuest(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern,
        Func<HttpContext, ValueTask<GuestModule>> selectModule,
        Action<GuestEndpointOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(selectModule);
        var (host, modules) = (HostOf(endpoints), new ModuleSelector<HttpContext>(selectModule));
        return Map(endpoints, pattern, SelectAsync, configure);

        async ValueTask<GuestTarget?> SelectAsync(HttpContext context) =>
            new ChosenTarget(host, await modules.ChooseAsync(context, context.RequestAborted).ConfigureAwait(false));
    }

    /// <summary>Answers every request that matches the pattern, of any method, with one invocation of the module that a source has at that moment.</summary>
    /// <param name="endpoints">The application's routes.</param>
    /// <param name="pattern">The route pattern, such as <c>/counter/{name}</c>.</param>
    /// <param name="source">The source, such as a file that is followed. It is loaded when the application starts, which fails if it cannot be.</param>
    /// <param name="configure">Sets arguments, environment and timeout.</param>
    /// <returns>A builder for the endpoint's conventions: authorization, rate limits, CORS and so on.</returns>
    /// <exception cref="InvalidOperationException"><c>AddWasiCloud()</c> was not called, or the source is open at another host.</exception>
    public static IEndpointConventionBuilder MapGuest(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, GuestModuleSource source, Action<GuestEndpointOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(source);
        var target = new SourceTarget(HostOf(endpoints), source);
        var endpoint = Map(endpoints, pattern, _ => new ValueTask<GuestTarget?>(target), configure).WithDisplayName($"{pattern} => guest {source.Name}");
        HostOf(endpoints).OpenAtStart(source);
        return endpoint;
    }

    /// <summary>
    /// Answers every request that matches the pattern, of any method, with one invocation of a tenant's module: of the route values <c>tenant</c> and
    /// <c>module</c>.
    /// </summary>
    /// <param name="endpoints">The application's routes.</param>
    /// <param name="pattern">The route pattern, such as <c>/{tenant}/{module}/{**path}</c>.</param>
    /// <param name="store">The store, a service that <c>AddModuleStore</c> adds.</param>
    /// <param name="configure">Sets arguments, environment and timeout, and completes each request.</param>
    /// <returns>A builder for the endpoint's conventions: authorization, rate limits, CORS and so on.</returns>
    /// <exception cref="InvalidOperationException"><c>AddWasiCloud()</c> was not called.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <remarks>
    /// The request's <see cref="InvocationRequest.Tenant"/> is that tenant, unless <c>Configure</c> sets one. A module that does not exist is 404, one that
    /// cannot be loaded 500, and 503 if the repository failed. The route says whose module it is and not who asks: that is for authorization.
    /// </remarks>
    public static IEndpointConventionBuilder MapGuest(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, GuestModuleStore store, Action<GuestEndpointOptions>? configure = null) =>
        endpoints.MapGuest(pattern, store, static context => (context.GetRouteValue("tenant") as string, context.GetRouteValue("module") as string), configure);

    /// <summary>Answers every request that matches the pattern, of any method, with one invocation of a module of the store that is chosen for it.</summary>
    /// <param name="endpoints">The application's routes.</param>
    /// <param name="pattern">The route pattern, such as <c>/{module}/{**path}</c>.</param>
    /// <param name="store">The store, a service that <c>AddModuleStore</c> adds.</param>
    /// <param name="select">
    /// Whose module, and which: by the route, by a claim of the user. If either is <see langword="null"/>, the answer is 404.
    /// </param>
    /// <param name="configure">Sets arguments, environment and timeout, and completes each request.</param>
    /// <returns>A builder for the endpoint's conventions: authorization, rate limits, CORS and so on.</returns>
    /// <exception cref="InvalidOperationException"><c>AddWasiCloud()</c> was not called.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static IEndpointConventionBuilder MapGuest(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern,
        GuestModuleStore store,
        Func<HttpContext, (string? Tenant, string? Module)> select,
        Action<GuestEndpointOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(select);
        var modules = new StoreSelector(HostOf(endpoints), store, select);
        return Map(endpoints, pattern, modules.ChooseAsync, configure);
    }

    /// <summary>Answers every request that matches the pattern, of any method, by a daemon.</summary>
    /// <param name="endpoints">The application's routes.</param>
    /// <param name="pattern">The route pattern, such as <c>/api/{**path}</c>.</param>
    /// <param name="daemon">The daemon, started by the application's <see cref="IInvocationHost"/>.</param>
    /// <param name="configure">
    /// Sets which fields of its responses are the application's, and completes each request. What concerns its guest is in <see cref="GuestDaemonOptions"/>.
    /// </param>
    /// <returns>A builder for the endpoint's conventions: authorization, rate limits, CORS and so on.</returns>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static IEndpointConventionBuilder MapGuestDaemon(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, GuestDaemon daemon, Action<GuestDaemonEndpointOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(daemon);
        RequireOwn(endpoints, daemon.Module, nameof(daemon));
        var target = new DaemonTarget(daemon);
        return MapDaemon(endpoints, pattern, _ => new ValueTask<GuestTarget?>(target), configure).WithDisplayName($"{pattern} => daemon {daemon.Name}");
    }

    /// <summary>Answers every request that matches the pattern, of any method, by a daemon that <c>AddDaemon</c> has added.</summary>
    /// <param name="endpoints">The application's routes.</param>
    /// <param name="pattern">The route pattern, such as <c>/api/{**path}</c>.</param>
    /// <param name="daemon">The daemon's name.</param>
    /// <param name="configure">
    /// Sets which fields of its responses are the application's, and completes each request. What concerns its guest is in <see cref="GuestDaemonOptions"/>.
    /// </param>
    /// <returns>A builder for the endpoint's conventions: authorization, rate limits, CORS and so on.</returns>
    /// <exception cref="ArgumentException">There is no daemon of that name, or an option is out of its range.</exception>
    public static IEndpointConventionBuilder MapGuestDaemon(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, string daemon, Action<GuestDaemonEndpointOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrEmpty(daemon);
        if (endpoints.ServiceProvider.GetService<IServiceProviderIsKeyedService>() is { } services && !services.IsKeyedService(typeof(GuestDaemon), daemon))
        {
            throw new ArgumentException(
                $"There is no daemon '{daemon}': add it by AddDaemon(\"{daemon}\", ...) before building the application.", nameof(daemon));
        }

        // It is started with the application, which is after this.
        var target = new Lazy<GuestTarget>(
            () => new DaemonTarget(endpoints.ServiceProvider.GetRequiredKeyedService<GuestDaemon>(daemon)), LazyThreadSafetyMode.PublicationOnly);
        return MapDaemon(endpoints, pattern, _ => new ValueTask<GuestTarget?>(target.Value), configure).WithDisplayName($"{pattern} => daemon {daemon}");
    }

    /// <summary>Gives each WebSocket (RFC 6455, RFC 8441) that asks for the pattern a guest of its own, which finds it below <c>/connection</c>.</summary>
    /// <param name="endpoints">The application's routes. The application calls <c>UseWebSockets()</c> before.</param>
    /// <param name="pattern">The route pattern, such as <c>/rooms/{room}</c>.</param>
    /// <param name="module">The guest, loaded by the application's <see cref="IInvocationHost"/>.</param>
    /// <param name="configure">Sets arguments, environment, subprotocols and limits, and completes each request.</param>
    /// <returns>A builder for the endpoint's conventions: authorization, rate limits and so on.</returns>
    /// <exception cref="InvalidOperationException"><c>AddWasiCloud()</c> or <c>AddConnectionFiles()</c> was not called.</exception>
    /// <exception cref="ArgumentException">The module is a reactor, or an option is out of its range.</exception>
    /// <remarks>
    /// What is no WebSocket is 426, one that a page of another site opens is 403 unless <see cref="GuestWebSocketOptions.AllowedOrigins"/> has that site, and
    /// one more than <see cref="GuestConnectionEndpointOptions.MaxConnections"/> 503.
    /// </remarks>
    public static IEndpointConventionBuilder MapGuestWebSocket(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, GuestModule module, Action<GuestWebSocketOptions>? configure = null)
    {
        RequireCommand(endpoints, module, "serve a connection");
        return endpoints.MapGuestWebSocket(pattern, _ => new ValueTask<GuestModule>(module), configure).WithDisplayName($"{pattern} => guest {module.Name}");
    }

    /// <summary>Gives each WebSocket that asks for the pattern a guest that is chosen for it.</summary>
    /// <param name="endpoints">The application's routes.</param>
    /// <param name="pattern">The route pattern, such as <c>/rooms/{room}</c>.</param>
    /// <param name="selectModule">Chooses the guest of a WebSocket.</param>
    /// <param name="configure">Sets arguments, environment, subprotocols and limits, and completes each request.</param>
    /// <returns>A builder for the endpoint's conventions: authorization, rate limits and so on.</returns>
    /// <exception cref="InvalidOperationException"><c>AddWasiCloud()</c> or <c>AddConnectionFiles()</c> was not called.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static IEndpointConventionBuilder MapGuestWebSocket(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern,
        Func<HttpContext, ValueTask<GuestModule>> selectModule,
        Action<GuestWebSocketOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(selectModule);
        return MapWebSocket(endpoints, pattern, new ModuleSelector<HttpContext>(selectModule), configure);
    }

    /// <summary>Gives each WebSocket that asks for the pattern a guest of the module that a source has at that moment, which it keeps to its end.</summary>
    /// <param name="endpoints">The application's routes.</param>
    /// <param name="pattern">The route pattern, such as <c>/rooms/{room}</c>.</param>
    /// <param name="source">The source, such as a file that is followed. It is loaded when the application starts, which fails if it cannot be.</param>
    /// <param name="configure">Sets arguments, environment, subprotocols and limits.</param>
    /// <returns>A builder for the endpoint's conventions: authorization, rate limits and so on.</returns>
    /// <exception cref="InvalidOperationException"><c>AddWasiCloud()</c> was not called, or the source is open at another host.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static IEndpointConventionBuilder MapGuestWebSocket(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, GuestModuleSource source, Action<GuestWebSocketOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(source);
        var modules = new ModuleSelector<HttpContext>(source);
        var endpoint = MapWebSocket(endpoints, pattern, modules, configure).WithDisplayName($"{pattern} => guest {source.Name}");
        HostOf(endpoints).OpenAtStart(source);
        return endpoint;
    }

    private static IEndpointConventionBuilder MapWebSocket(
        IEndpointRouteBuilder endpoints, string pattern, ModuleSelector<HttpContext> modules, Action<GuestWebSocketOptions>? configure)
    {
        var options = new GuestWebSocketOptions();
        configure?.Invoke(options);
        GuestWebSocketOptionsValidator.Instance.ThrowIfInvalid(options, nameof(configure));
        options.Limits.Validate(nameof(configure));
        var host = HostOf(endpoints);
        if (endpoints.ServiceProvider.GetServices<MountRegistration>().All(static mount => mount.GuestPath != "/connection"))
        {
            throw new InvalidOperationException(
                "A guest that lives for a connection needs /connection: call AddConnectionFiles() before building the application.");
        }

        var stopping = endpoints.ServiceProvider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var origins = new OriginCheck(options.AllowedOrigins, nameof(configure));
        var timeProvider = endpoints.ServiceProvider.GetRequiredService<TimeProvider>();
        var endpoint = new GuestWebSocketEndpoint(host, modules, options, origins, LoggerOf(endpoints), timeProvider, stopping);
        return endpoints.Map(pattern, endpoint.HandleAsync);
    }

    private static void RequireCommand(IEndpointRouteBuilder endpoints, GuestModule module, string purpose)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(module);
        RequireOwn(endpoints, module, nameof(module));
        if (module.Kind != GuestModuleKind.Command)
            throw new ArgumentException(
                $"The module '{module.Name}' is a reactor, which does not export '_start', and so cannot {purpose}.", nameof(module));
    }

    private static void RequireOwn(IEndpointRouteBuilder endpoints, GuestModule module, string parameter)
    {
        if (!HostOf(endpoints).HasLoaded(module))
            throw new ArgumentException($"The module '{module.Name}' was loaded by another host than the application's.", parameter);
    }

    private static ILogger LoggerOf(IEndpointRouteBuilder endpoints) =>
        endpoints.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(GuestEndpoint).Namespace!);

    private static IInvocationHost HostOf(IEndpointRouteBuilder endpoints) => endpoints.ServiceProvider.GetService<IInvocationHost>()
        ?? throw new InvalidOperationException("MapGuest needs an IInvocationHost: call builder.Services.AddWasiCloud().AddRequestResponseFiles() before " +
            "building the application.");

    private static IEndpointConventionBuilder Map(
        IEndpointRouteBuilder endpoints, string pattern, Func<HttpContext, ValueTask<GuestTarget?>> selectTarget, Action<GuestEndpointOptions>? configure)
    {
        var options = new GuestEndpointOptions();
        configure?.Invoke(options);
        GuestEndpointOptionsValidator.Instance.ThrowIfInvalid(options, nameof(configure));
        return Map(endpoints, pattern, selectTarget, new GuestEndpointSettings(options));
    }

    private static IEndpointConventionBuilder MapDaemon(
        IEndpointRouteBuilder endpoints, string pattern, Func<HttpContext, ValueTask<GuestTarget?>> selectTarget, Action<GuestDaemonEndpointOptions>? configure)
    {
        var options = new GuestDaemonEndpointOptions();
        configure?.Invoke(options);
        GuestDaemonEndpointOptionsValidator.Instance.ThrowIfInvalid(options, nameof(configure));
        return Map(endpoints, pattern, selectTarget, new GuestEndpointSettings(options));
    }

    private static IEndpointConventionBuilder Map(
        IEndpointRouteBuilder endpoints, string pattern, Func<HttpContext, ValueTask<GuestTarget?>> selectTarget, GuestEndpointSettings settings)
    {
        ServerFieldEncoding.Allow(endpoints.ServiceProvider);
        return endpoints.Map(pattern, new GuestEndpoint(selectTarget, settings, LoggerOf(endpoints)).HandleAsync);
    }
}
