using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Net.Http.Headers;

namespace WasiCloud.Embedding.AspNetCore.WebSockets;

/// <summary>Answers a client's opening handshake (RFC 6455 section 4.2.2, RFC 8441 section 5), which the middleware has found to be one.</summary>
internal static class WebSocketHandshake
{
    private const string KeySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>Accepts the WebSocket.</summary>
    /// <param name="context">The request.</param>
    /// <param name="subProtocol">The subprotocol to agree on, if there is one.</param>
    /// <param name="options">How it is kept alive and closed.</param>
    /// <param name="timeProvider">The clock.</param>
    public static async Task<WebSocket> AcceptAsync(HttpContext context, string? subProtocol, GuestWebSocketOptions options, TimeProvider timeProvider)
    {
        if (await TryOpenAsync(context, subProtocol).ConfigureAwait(false) is { } stream)
        {
            context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
            var keepAlive = (options.KeepAliveInterval, options.KeepAliveTimeout);
            return new ServerWebSocket(stream, context.Abort, subProtocol, keepAlive, options.Limits.CloseTimeout, timeProvider);
        }

        // A server that has no connection to give away, but WebSockets of its own.
        return await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            SubProtocol = subProtocol,
            KeepAliveInterval = options.KeepAliveInterval,
            KeepAliveTimeout = options.KeepAliveTimeout,
        }).ConfigureAwait(false);
    }

    private static async ValueTask<Stream?> TryOpenAsync(HttpContext context, string? subProtocol)
    {
        var (connect, upgrade) = (context.Features.Get<IHttpExtendedConnectFeature>(), context.Features.Get<IHttpUpgradeFeature>());
        if (connect is { IsExtendedConnect: true })
        {
            if (subProtocol is not null) context.Response.Headers.SecWebSocketProtocol = subProtocol;
            return await connect.AcceptAsync().ConfigureAwait(false);
        }

        if (upgrade is not { IsUpgradableRequest: true }) return null;
        var fields = context.Response.Headers;
        (fields.Connection, fields.Upgrade) = (HeaderNames.Upgrade, "websocket");
        fields.SecWebSocketAccept = Accept(context.Request.Headers.SecWebSocketKey.ToString());
        if (subProtocol is not null) fields.SecWebSocketProtocol = subProtocol;
        return await upgrade.UpgradeAsync().ConfigureAwait(false);
    }

    // As section 4.2.2 says; it shows that the answer is to this handshake, and protects nothing.
#pragma warning disable CA5350 // SHA-1 is what the protocol says.
    private static string Accept(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + KeySuffix)));
#pragma warning restore CA5350
}
