namespace WasiCloud.Embedding.AspNetCore;

/// <summary>How WebSockets get their guests. Read when the endpoint is mapped; changes after that have no effect.</summary>
public sealed class GuestWebSocketOptions : GuestConnectionEndpointOptions
{
    /// <summary>The subprotocols that the guest speaks, best first (RFC 6455 section 1.9); the guest finds the chosen one in <c>/connection/info</c>. Default none.</summary>
    public IReadOnlyList<string> SubProtocols { get; set; } = [];

    /// <summary>How often a client that sends nothing is sent a ping. Default 30 s; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for never.</summary>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it may take to answer, until the connection is broken. Default 20 s; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for ever.</summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(20);
}
