using System.Globalization;

namespace WasiCloud.Embedding.Messages;

/// <summary>The meta-variables of a CGI request (RFC 3875 section 4.1).</summary>
internal static class CgiVariables
{
    private const string Software = "WasiCloud";

    // Authorization is not shown (RFC 3875 section 4.1.18 and 9.2), and a field that many programs take for the address of a proxy (CVE-2016-5385).
    private static readonly HashSet<string> Hidden = new(StringComparer.OrdinalIgnoreCase) { "authorization", "proxy", "content-length", "content-type" };

    /// <summary>Makes the variables.</summary>
    /// <param name="request">The request.</param>
    public static Dictionary<string, string> Of(InvocationRequest request)
    {
        var (path, query) = Split(request.Target);
        var (name, port) = SplitAuthority(request);
        var scriptName = path.StartsWith(request.ScriptName, StringComparison.Ordinal) ? request.ScriptName : string.Empty;
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["GATEWAY_INTERFACE"] = "CGI/1.1",
            ["PATH_INFO"] = Decode(path[scriptName.Length..]),
            ["QUERY_STRING"] = query,
            ["REMOTE_ADDR"] = request.RemoteAddress ?? string.Empty,
            ["REMOTE_HOST"] = request.RemoteAddress ?? string.Empty,
            ["REQUEST_METHOD"] = request.Method,
            ["SCRIPT_NAME"] = Decode(scriptName),
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
            if (!Hidden.Contains(field)) variables["HTTP_" + field.Replace('-', '_').ToUpperInvariant()] = string.Join(field == "cookie" ? "; " : ", ", values);
        }

        return variables;
    }

    /// <summary>The arguments: the pieces of the query, as WAGI has them.</summary>
    public static string[] ArgumentsOf(InvocationRequest request) => Split(request.Target).Query.Split('&', StringSplitOptions.RemoveEmptyEntries);

    private static (string Path, string Query) Split(string target)
    {
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        return mark < 0 ? (target, string.Empty) : (target[..mark], target[(mark + 1)..]);
    }

    // A variable cannot contain a NUL.
    private static string Decode(string path) => Uri.UnescapeDataString(path).Replace("\0", "%00", StringComparison.Ordinal);

    private static (string Name, string Port) SplitAuthority(InvocationRequest request)
    {
        var authority = request.Authority;
        var colon = authority.LastIndexOf(':');

        // The colons of an IPv6 address are within brackets.
        if (colon > authority.LastIndexOf(']')) return (authority[..colon], authority[(colon + 1)..]);
        return (authority, string.Equals(request.Scheme, "https", StringComparison.OrdinalIgnoreCase) ? "443" : "80");
    }
}
