using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding;
using WasiCloud.Embedding.AspNetCore;

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
    /// <param name="configure">Sets arguments, environment and timeout.</param>
    /// <returns>A builder for the endpoint's conventions: authorization, rate limits, CORS and so on.</returns>
    /// <exception cref="InvalidOperationException"><c>AddWasiCloud()</c> was not called.</exception>
    /// <exception cref="ArgumentException">The module is a reactor, which cannot answer a request.</exception>
    public static IEndpointConventionBuilder MapGuest(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, GuestModule module, Action<GuestEndpointOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        if (module.Kind != GuestModuleKind.Command)
            throw new ArgumentException($"The module '{module.Name}' is a reactor, which does not export '_start', and so cannot answer a request.", nameof(module));
        return endpoints.MapGuest(pattern, _ => new ValueTask<GuestModule>(module), configure).WithDisplayName($"{pattern} => guest {module.Name}");
    }

    /// <summary>Answers every request that matches the pattern, of any method, with one invocation of the guest chosen for it.</summary>
    /// <param name="endpoints">The application's routes.</param>
    /// <param name="pattern">The route pattern, such as <c>/{tenant}/{**rest}</c>.</param>
    /// <param name="selectModule">Chooses the guest of a request: by tenant, by version, or loaded on first use.</param>
    /// <param name="configure">Sets arguments, environment and timeout.</param>
    /// <returns>A builder for the endpoint's conventions: authorization, rate limits, CORS and so on.</returns>
    /// <exception cref="InvalidOperationException"><c>AddWasiCloud()</c> was not called.</exception>
    public static IEndpointConventionBuilder MapGuest(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern,
        Func<HttpContext, ValueTask<GuestModule>> selectModule,
        Action<GuestEndpointOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(selectModule);
        var host = endpoints.ServiceProvider.GetService<IInvocationHost>()
            ?? throw new InvalidOperationException("MapGuest needs an IInvocationHost: call builder.Services.AddWasiCloud().AddRequestResponse() before building the application.");
        var options = new GuestEndpointOptions();
        configure?.Invoke(options);
        var logger = endpoints.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(GuestEndpoint).Namespace!);
        return endpoints.Map(pattern, new GuestEndpoint(host, selectModule, options, logger).HandleAsync);
    }
}
