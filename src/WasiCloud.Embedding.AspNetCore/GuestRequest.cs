using System.Collections.Frozen;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Makes an invocation's request of an HTTP request.</summary>
internal static class GuestRequest
{
    // RFC 9110 section 7.6.1: these concern the client's connection, of which the guest has none.
    private static readonly FrozenSet<string> ConnectionFields = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.ProxyConnection, HeaderNames.TE, HeaderNames.Trailer, HeaderNames.TransferEncoding,
        HeaderNames.Upgrade);

    /// <summary>Whether the request has a body, possibly an empty one.</summary>
    public static bool HasBody(HttpContext context) =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? context.Request.ContentLength is not 0;

    /// <summary>Makes the request.</summary>
    /// <param name="context">The HTTP request.</param>
    /// <param name="common">What all requests of the endpoint have in common.</param>
    /// <param name="scriptName">As <see cref="GuestEndpointOptions.ScriptName"/>.</param>
    /// <param name="body">Its body, if it has one.</param>
    /// <param name="contentLength">Its length, if it is known.</param>
    /// <returns><see langword="null"/> if the request is malformed in a way that the server let pass, such as a field name that is not a token.</returns>
    public static InvocationRequest? TryCreate(
        HttpContext context, InvocationRequest common, string? scriptName, PipeReader? body, long? contentLength)
    {
        var request = context.Request;
        var authority = request.Host.Value ?? string.Empty;
        if (RequestTarget.TryOf(context) is not { } target) return null;
        if (!MessageHeaders.IsValidName(request.Method) || !RequestTarget.IsText(authority)) return null;
        if (TryCopy(request.Headers) is not { } headers) return null;
        var isCgi = common.Interface == GuestInterface.Cgi;
        return common with
        {
            Method = request.Method,
            Scheme = request.Scheme,
            Authority = authority,
            Target = target,
            Headers = headers,
            Body = body,
            ContentLength = contentLength,
            ScriptName = isCgi ? scriptName ?? ScriptName.Of(context) : string.Empty,
            RemoteAddress = isCgi ? context.Connection.RemoteIpAddress?.ToString() : null,
        };
    }

    private static MessageHeaders? TryCopy(IHeaderDictionary fields)
    {
        var headers = new MessageHeaders();
        foreach (var (name, values) in fields)
        {
            // Some servers keep the pseudo-header fields of HTTP/2 here.
            if (ConnectionFields.Contains(name) || name.StartsWith(':')) continue;
            foreach (var value in values)
            {
                if (!MessageHeaders.IsValidName(name) || !MessageHeaders.IsValidValue(value)) return null;
                headers.Add(name, value ?? string.Empty);
            }
        }

        return headers;
    }
}
