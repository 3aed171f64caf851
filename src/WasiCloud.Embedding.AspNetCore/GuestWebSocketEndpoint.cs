using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using WasiCloud.Embedding.AspNetCore.WebSockets;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>One mapped route: each WebSocket goes to a guest of its own.</summary>
internal sealed class GuestWebSocketEndpoint(
    IInvocationHost host,
    Func<HttpContext, ValueTask<GuestModule>> selectModule,
    GuestWebSocketOptions options,
    OriginCheck origins,
    ILogger logger,
    TimeProvider timeProvider,
    CancellationToken stopping)
{
    private readonly ConnectionCounter _connections = new(options.MaxConnections);
    private readonly InvocationRequest _request = options.ToRequest(stopping);
    private readonly Func<HttpContext, InvocationRequest, InvocationRequest>? _configure = options.Configure;

    public async Task HandleAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpWebSocketFeature>() is null)
            throw new InvalidOperationException("MapGuestWebSocket needs WebSockets: call app.UseWebSockets() before mapping the route.");
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await RefuseAsync(context, StatusCodes.Status426UpgradeRequired).ConfigureAwait(false);
            return;
        }

        if (!origins.Allows(context.Request))
        {
            Log.OriginRefused(logger);
            await RefuseAsync(context, StatusCodes.Status403Forbidden).ConfigureAwait(false);
            return;
        }

        if (!_connections.TryEnter())
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable).ConfigureAwait(false);
            return;
        }

        try
        {
            await ServeAsync(context).ConfigureAwait(false);
        }
        finally
        {
            _connections.Leave();
        }
    }

    private static Task RefuseAsync(HttpContext context, int status)
    {
        // RFC 9110 section 15.5.22.
        if (status == StatusCodes.Status426UpgradeRequired) context.Response.Headers[HeaderNames.Upgrade] = "websocket";
        return GuestProblem.WriteAsync(context, status);
    }

    private static IPEndPoint? EndPointOf(IPAddress? address, int port) => address is null ? null : new IPEndPoint(address, port);

    private async Task ServeAsync(HttpContext context)
    {
        var module = await selectModule(context).ConfigureAwait(false);
        if (GuestRequest.TryCreate(context, _request, scriptName: null, body: null, contentLength: null) is not { } request)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest).ConfigureAwait(false);
            return;
        }

        var isAccepted = false;
        var connection = new GuestConnection(AcceptAsync)
        {
            Request = ConfiguredRequest.Of(_configure, context, request),
            Options = options.Limits,
            RemoteEndPoint = EndPointOf(context.Connection.RemoteIpAddress, context.Connection.RemotePort),
            LocalEndPoint = EndPointOf(context.Connection.LocalIpAddress, context.Connection.LocalPort),
            Closed = context.RequestAborted,
        };
        var failure = await GuestConnectionLog.ServeAsync(host, module, connection, logger).ConfigureAwait(false);
        if (failure is not null && !isAccepted && !context.RequestAborted.IsCancellationRequested)
            await RefuseAsync(context, GuestFailure.ToStatus(failure)).ConfigureAwait(false);

        // When there is room for the guest: a client that is refused has no WebSocket.
        Task<WebSocket> AcceptAsync()
        {
            isAccepted = true;
            var requested = context.WebSockets.WebSocketRequestedProtocols;
            var subProtocol = options.SubProtocols.FirstOrDefault(protocol => requested.Contains(protocol, StringComparer.Ordinal));
            return WebSocketHandshake.AcceptAsync(context, subProtocol, options, timeProvider);
        }
    }
}
