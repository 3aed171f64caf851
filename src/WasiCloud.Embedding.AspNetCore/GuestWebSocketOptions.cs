using Microsoft.AspNetCore.Http;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>How WebSockets get their guests. Read when the endpoint is mapped; changes after that have no effect.</summary>
public sealed class GuestWebSocketOptions : GuestConnectionEndpointOptions
{
    /// <summary>What <see cref="AllowedOrigins"/> has if every page may open WebSockets here.</summary>
    public const string AnyOrigin = "*";

    /// <summary>
    /// Completes the request of each WebSocket, by its user, route and fields: <c>(http, request) => request with { Tenant = http.User.Identity?.Name }</c>.
    /// Default <see langword="null"/>.
    /// </summary>
    /// <remarks>
    /// As <see cref="GuestHttpEndpointOptions.Configure"/>; called once for each WebSocket, when its guest has been chosen, and before there is room and it is
    /// accepted: what goes wrong is 500, and no guest begins. It must not change <see cref="InvocationRequest.Stopping"/> either, which is the application's
    /// end. Its <see cref="InvocationRequest.Timeout"/> is for the whole connection, and its <see cref="InvocationRequest.MaxCpuTime"/> goes before that of
    /// <see cref="GuestConnectionEndpointOptions.Limits"/>.
    /// </remarks>
    public Func<HttpContext, InvocationRequest, InvocationRequest>? Configure { get; set; }

    /// <summary>
    /// The other sites whose pages may open WebSockets here, such as <c>https://www.example.org</c> (RFC 6454: scheme, host, and port unless it is the
    /// scheme's), or <see cref="AnyOrigin"/>. Default none: browsers send cookies with a WebSocket whatever page opens it (RFC 6455 section 10.2), so only
    /// pages of the same host and port may, and those of <c>http</c> not where the request came by TLS. Others are 403 before there is a WebSocket. What sends
    /// no <c>Origin</c> is no browser, and is let in: this is no substitute for authorization. Where a proxy changes <c>Host</c>, list the sites here, or use
    /// <c>UseForwardedHeaders</c>.
    /// </summary>
    public IReadOnlyList<string> AllowedOrigins { get; set; } = [];

    /// <summary>
    /// The subprotocols that the guest speaks, best first (RFC 6455 section 1.9); the guest finds the chosen one in <c>/connection/info</c>. Default none.
    /// </summary>
    public IReadOnlyList<string> SubProtocols { get; set; } = [];

    /// <summary>
    /// How often a client that sends nothing is sent a ping. Default 30 s; more than 0 and at most 24 days, or
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for never.
    /// </summary>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long it may take to answer, until the connection is broken. Default 20 s; more than 0 and at most 24 days, or
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for ever.
    /// </summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(20);
}
