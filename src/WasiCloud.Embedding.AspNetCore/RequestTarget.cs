using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Features;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>The request target as the client sent it, in origin form (RFC 9112 section 3.2).</summary>
internal static class RequestTarget
{
    public static string Of(HttpContext context)
    {
        var raw = context.Features.Get<IHttpRequestFeature>()?.RawTarget;

        // A server that keeps no raw target leaves the decoded parts, encoded anew.
        return string.IsNullOrEmpty(raw) ? context.Request.GetEncodedPathAndQuery() : ToOriginForm(raw);
    }

    // Only absolute form has a scheme; "*" (OPTIONS) and "host:port" (CONNECT) are kept.
    private static string ToOriginForm(string target)
    {
        if (target[0] == '/') return target;
        var scheme = target.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0) return target;
        var authority = scheme + "://".Length;
        var path = target.AsSpan(authority).IndexOfAny('/', '?');
        if (path < 0) return "/";
        var origin = target[(authority + path)..];

        // RFC 3986 allows "http://host?query": its path is empty, which is "/" in origin form.
        return origin[0] == '/' ? origin : "/" + origin;
    }
}
