using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>
/// The request target in origin form (RFC 9112 section 3.2.1): the path by which the request was routed and authorized, with the query as the client sent it.
/// </summary>
/// <remarks>
/// A path that the client spelled in another way (dot segments, RFC 3986 section 5.2.4; needless escapes; absolute form) is another one to whoever takes it
/// literally than to whoever routed it.
/// </remarks>
internal static class RequestTarget
{
    // Of a path: the characters of RFC 3986's pchar that are no escapes, and the slash.
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("/-._~!$&'()*+,;=:@0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>The target, or <see langword="null"/> if what the client sent is none, though the server let it pass: white space or controls.</summary>
    public static string? TryOf(HttpContext context)
    {
        var request = context.Request;
        var raw = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? string.Empty;
        var (pathBase, path) = (request.PathBase.Value ?? string.Empty, request.Path.Value ?? string.Empty);
        if (!IsText(raw)) return null;
        if (IsWithoutPath(raw, pathBase, path)) return raw;
        var query = request.QueryString.Value ?? string.Empty;
        if (IsSpelledAs(raw, pathBase, path, query)) return raw;
        return IsText(query) ? Encode(pathBase + path, raw) + query : null;
    }

    /// <summary>Whether a text has neither white space nor controls.</summary>
    public static bool IsText(string text)
    {
        foreach (var character in text)
        {
            if (char.IsWhiteSpace(character) || char.IsControl(character)) return false;
        }

        return true;
    }

    // The path is decoded but for escaped slashes; what the client sent tells those from a percent sign that was escaped.
    private static string Encode(string path, string raw)
    {
        if (path.Length == 0) return "/";
        if (!path.Contains('%', StringComparison.Ordinal)) return PathSpelling.Encode(path);

        // Decoding it once must give what was routed, so a percent sign is escaped unless the client's own spelling shows that it begins an escape.
        var spelling = PathSpelling.Of(raw);
        return string.Equals(spelling.Decoded, path, StringComparison.Ordinal) ? spelling.Encoded : PathSpelling.Encode(path);
    }

    // RFC 9112 sections 3.2.3 and 3.2.4: "host:port" (CONNECT) and "*" (OPTIONS). Nothing was routed by a path.
    private static bool IsWithoutPath(string raw, string pathBase, string path) =>
        pathBase.Length == 0 && path.Length == 0 && raw.Length > 0 && raw[0] != '/' && !raw.Contains("://", StringComparison.Ordinal);

    private static bool IsSpelledAs(string raw, string pathBase, string path, string query) =>
        raw.Length > 0 && raw[0] == '/' && raw.Length == pathBase.Length + path.Length + query.Length
            && raw.StartsWith(pathBase, StringComparison.Ordinal) && raw.EndsWith(query, StringComparison.Ordinal)
            && raw.AsSpan(pathBase.Length, path.Length).SequenceEqual(path)
            && !raw.AsSpan(0, pathBase.Length + path.Length).ContainsAnyExcept(Plain);
}
