using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;

namespace WasiCloud.Embedding;

/// <summary>A connection that one guest lives for, given to <see cref="IInvocationHost.ServeConnectionAsync"/>: a WebSocket or a stream of bytes.</summary>
public sealed class GuestConnection
{
    /// <summary>
    /// A WebSocket (RFC 6455), whose messages the guest finds in <c>/connection/messages</c>. The host answers pings, closes it with what became of the guest,
    /// and disposes it.
    /// </summary>
    /// <param name="webSocket">The WebSocket, open; nobody else uses it.</param>
    public GuestConnection(WebSocket webSocket)
    {
        ArgumentNullException.ThrowIfNull(webSocket);
        WebSocket = webSocket;
    }

    /// <summary>A WebSocket that is not accepted yet: whoever asks for more than the host can do is refused before that, and costs little.</summary>
    /// <param name="accept"> Accepts the WebSocket, as above; called at most once, when there is room for the guest. Until then
    /// <see cref="IInvocationHost.ServeConnectionAsync"/> throws what says why there is none (<see cref="GuestLimitException"/>,
    /// <see cref="OperationCanceledException"/>), and nobody but the caller tells the client.
    /// </param>
    public GuestConnection(Func<Task<WebSocket>> accept)
    {
        ArgumentNullException.ThrowIfNull(accept);
        AcceptWebSocket = accept;
    }

    /// <summary>A stream of bytes, which the guest finds in <c>/connection/stream</c>. The host completes both sides.</summary>
    /// <param name="transport">Where the client's bytes are read and the guest's are written; nobody else uses it.</param>
    /// <param name="abort">Breaks the connection, so that the client does not take for complete what is not; if <see langword="null"/>, the output is completed
    /// with an exception.</param>
    public GuestConnection(IDuplexPipe transport, Action? abort = null)
    {
        ArgumentNullException.ThrowIfNull(transport);
        (Transport, AbortTransport) = (transport, abort);
    }

    /// <summary>
    /// The guest's arguments, environment, features and streams, and, for a WebSocket, the request it began with, which is below <c>/request</c>. Its
    /// <see cref="InvocationRequest.Interface"/> is <see cref="GuestInterface.Files"/>, and it has no body. Without a <see cref="InvocationRequest.Timeout"/>
    /// the guest may run for ever.
    /// </summary>
    public InvocationRequest Request { get; init; } = new();

    /// <summary>The limits.</summary>
    public GuestConnectionOptions Options { get; init; } = new();

    /// <summary>The client's address, if it is known.</summary>
    public EndPoint? RemoteEndPoint { get; init; }

    /// <summary>The address that the client has connected to, if it is known.</summary>
    public EndPoint? LocalEndPoint { get; init; }

    /// <summary>
    /// Cancelled when the client has gone, for a server that knows it before the next read: a WebSocket's guest then has
    /// <see cref="GuestConnectionOptions.LeaveTimeout"/>, and that of a stream, of which it may be one direction only,
    /// <see cref="GuestConnectionOptions.GracePeriod"/>. Default none.
    /// </summary>
    public CancellationToken Closed { get; init; }

    internal WebSocket? WebSocket { get; }

    internal Func<Task<WebSocket>>? AcceptWebSocket { get; }

    internal IDuplexPipe? Transport { get; }

    internal Action? AbortTransport { get; }
}
