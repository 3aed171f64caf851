using System.Globalization;
using WasiCloud.Embedding.Http.Exchange;

namespace WasiCloud.Embedding.Http.Cgi;

/// <summary>The meta-variables of a CGI request (RFC 3875 section 4.1).</summary>
internal static class CgiVariables
{
    private const string Software = "WasiCloud";

    // Credentials are not shown (RFC 3875 section 4.1.18 and 9.2), nor a field that many programs take for the address of a proxy (CVE-2016-5385).
    private static readonly HashSet<string> Hidden =
        new(StringComparer.OrdinalIgnoreCase) { "authorization", "proxy-authorization", "proxy", "content-length", "content-type" };

    /// <summary>Makes the variables.</summary>
    /// <param name="request">The request.</param>
    public static Dictionary<string, string> Of(InvocationRequest request)
    {
        var (path, query) = Split(request.Target);
        var (name, port) = SplitAuthority(request);
        var (scriptName, pathInfo) = Divide(Decode(path), Decode(request.ScriptName));
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["GATEWAY_INTERFACE"] = "CGI/1.1",
            ["PATH_INFO"] = pathInfo,
            ["QUERY_STRING"] = query,
            ["REMOTE_ADDR"] = request.RemoteAddress ?? string.Empty,
            ["REMOTE_HOST"] = request.RemoteAddress ?? string.Empty,
            ["REQUEST_METHOD"] = request.Method,
            ["SCRIPT_NAME"] = scriptName,
            ["SERVER_NAME"] = name,
            ["SERVER_PORT"] = port,
            ["SERVER_PROTOCOL"] = "HTTP/1.1",
            ["SERVER_SOFTWARE"] = Software,

            // Not in the RFC, and in every server: which of the two schemes it was, and the target as it came.
            ["REQUEST_SCHEME"] = request.Scheme,
            ["REQUEST_URI"] = request.Target,
        };
        if (string.Equals(request.Scheme, "https", StringComparison.OrdinalIgnoreCase)) variables["HTTPS"] = "on";
        if (request.ContentLength is { } length) variables["CONTENT_LENGTH"] = length.ToString(CultureInfo.InvariantCulture);
        foreach (var (field, values) in RequestFields.Group(request))
        {
            if (string.Equals(field, "content-type", StringComparison.Ordinal)) variables["CONTENT_TYPE"] = values[0];

            // Of "X-User" and "X_User" the same variable would be made: a client could say what only a proxy is to say.
            if (!Hidden.Contains(field) && !field.Contains('_', StringComparison.Ordinal))
                variables["HTTP_" + field.Replace('-', '_').ToUpperInvariant()] = string.Join(field == "cookie" ? "; " : ", ", values);
        }

        return variables;
    }

    /// <summary>
    /// The arguments: the words of a query without <c>=</c> (RFC 3875 section 4.4). None at all if one of them could be taken for an option, or cannot be an
    /// argument.
    /// </summary>
    public static string[] ArgumentsOf(InvocationRequest request)
    {
        var query = Split(request.Target).Query;
        if (query.Length == 0 || query.Contains('=', StringComparison.Ordinal)) return [];
        var words = query.Split('+');
        for (var index = 0; index < words.Length; index++)
        {
            words[index] = Uri.UnescapeDataString(words[index]);
            if (words[index].StartsWith('-') || words[index].Contains('\0', StringComparison.Ordinal)) return [];
        }

        return words;
    }

    private static (string Path, string Query) Split(string target)
    {
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        return mark < 0 ? (target, string.Empty) : (target[..mark], target[(mark + 1)..]);
    }

    // A path is routed in any case of letters, and up to the end of a segment.
    private static (string ScriptName, string PathInfo) Divide(string path, string scriptName)
    {
        var isBelow = path.StartsWith(scriptName, StringComparison.OrdinalIgnoreCase) && (path.Length == scriptName.Length || path[scriptName.Length] == '/');
        return isBelow ? (scriptName, path[scriptName.Length..]) : (string.Empty, path);
    }

    // An escaped slash divides no segments, and a variable cannot contain a NUL.
    private static string Decode(string path)
    {
        var kept = path.Replace("%2F", "%252F", StringComparison.Ordinal).Replace("%2f", "%252f", StringComparison.Ordinal);
        return Uri.UnescapeDataString(kept).Replace("\0", "%00", StringComparison.Ordinal);
    }

    private static (string Name, string Port) SplitAuthority(InvocationRequest request)
    {
        var authority = request.Authority;
        var colon = authority.LastIndexOf(':');

        // The colons of an IPv6 address are within brackets.
        if (colon > authority.LastIndexOf(']')) return (authority[..colon], authority[(colon + 1)..]);
        return (authority, string.Equals(request.Scheme, "https", StringComparison.OrdinalIgnoreCase) ? "443" : "80");
    }
}
