using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>What an endpoint's options were when it was mapped.</summary>
internal sealed class GuestEndpointSettings
{
    private readonly Func<HttpContext, InvocationRequest, InvocationRequest>? _configure;
    private readonly bool _isDaemon;

    /// <summary>Takes the options of an endpoint where each request has a guest.</summary>
    public GuestEndpointSettings(GuestEndpointOptions options)
        : this(options, options.ToRequest(), isDaemon: false) => (ScriptName, MaxSpooledBodyBytes) = (options.ScriptName, options.MaxSpooledBodyBytes);

    /// <summary>Takes the options of an endpoint where one guest has all requests.</summary>
    public GuestEndpointSettings(GuestDaemonEndpointOptions options)
        : this(options, new InvocationRequest(), isDaemon: true)
    {
    }

    private GuestEndpointSettings(GuestHttpEndpointOptions options, InvocationRequest request, bool isDaemon)
    {
        (_configure, Request, _isDaemon) = (options.Configure, request, isDaemon);
        ReservedResponseFields = options.ReservedResponseFields.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>What all requests have in common.</summary>
    public InvocationRequest Request { get; }

    /// <summary>As <see cref="GuestEndpointOptions.ScriptName"/>.</summary>
    public string? ScriptName { get; }

    /// <summary>As <see cref="GuestEndpointOptions.MaxSpooledBodyBytes"/>.</summary>
    public int MaxSpooledBodyBytes { get; }

    /// <summary>As <see cref="GuestHttpEndpointOptions.ReservedResponseFields"/>.</summary>
    public FrozenSet<string> ReservedResponseFields { get; }

    /// <summary>Lets the application complete a request.</summary>
    public InvocationRequest Complete(HttpContext context, InvocationRequest request) =>
        _isDaemon ? ConfiguredRequest.OfDaemon(_configure, context, request) : ConfiguredRequest.Of(_configure, context, request);
}
