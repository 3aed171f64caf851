using System.Globalization;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>The header fields of a request as all files below <c>/request</c> show them.</summary>
internal static class RequestFields
{
    // They concern the client's connection (RFC 9110 section 7.6.1) or are given anew: the body's framing, and the host from the authority.
    private static readonly HashSet<string> Replaced = new(StringComparer.OrdinalIgnoreCase)
    {
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "host", "content-length",
    };

    /// <summary>Refuses what would let a request's parts run into each other in <c>/request/txt</c>.</summary>
    /// <exception cref="ArgumentException">A part is not well-formed.</exception>
    public static void Validate(InvocationRequest request)
    {
        ThrowIfNull(request);
        if (!Enum.IsDefined(request.Interface))
            throw new ArgumentException($"{nameof(request.Interface)} is {request.Interface}, which is none of its values.", nameof(request));
        if (!MessageHeaders.IsValidName(request.Method)) throw new ArgumentException("The method is not a token.", nameof(request));
        if (request.Target.Length == 0 || HasSpaceOrControl(request.Target))
            throw new ArgumentException("The target is empty or contains white space or control characters.", nameof(request));
        if (request is { Interface: GuestInterface.Cgi, Body: not null, ContentLength: null })
            throw new ArgumentException("A CGI program must be told the length of its body (RFC 3875 section 4.1.2).", nameof(request));
        if (HasSpaceOrControl(request.Authority)) throw new ArgumentException("The authority contains white space or control characters.", nameof(request));
    }

    /// <summary>Lists the fields: host first, then the content length if it is known, then the others in the order received.</summary>
    public static IEnumerable<KeyValuePair<string, string>> List(InvocationRequest request)
    {
        yield return new("Host", request.Authority);
        if (request.ContentLength is { } length) yield return new("Content-Length", length.ToString(CultureInfo.InvariantCulture));
        foreach (var field in request.Headers)
        {
            if (!Replaced.Contains(field.Key)) yield return field;
        }
    }

    /// <summary>Groups the fields by their lower-case names, in the order of each name's first field.</summary>
    public static List<KeyValuePair<string, List<string>>> Group(InvocationRequest request)
    {
        var groups = new List<KeyValuePair<string, List<string>>>();
        var byName = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in List(request))
        {
            if (!byName.TryGetValue(name, out var values))
            {
                byName.Add(name, values = []);
                groups.Add(new(name.ToLowerInvariant(), values));
            }

            values.Add(value);
        }

        return groups;
    }

    private static void ThrowIfNull(InvocationRequest request)
    {
        var missing = request.Method is null ? nameof(request.Method)
            : request.Target is null ? nameof(request.Target)
            : request.Scheme is null ? nameof(request.Scheme)
            : request.Authority is null ? nameof(request.Authority)
            : request.Headers is null ? nameof(request.Headers)
            : request.ScriptName is null ? nameof(request.ScriptName)
            : request.Arguments is null ? nameof(request.Arguments)
            : request.Environment is null ? nameof(request.Environment)
            : HasNull(request.Features) ? nameof(request.Features)
            : null;
        if (missing is not null) throw new ArgumentException($"{missing} is null, or has a null.", nameof(request));
    }

    // By index: most requests have none, and nothing is allocated for them.
    private static bool HasNull(IReadOnlyList<object>? features)
    {
        if (features is null) return true;
        for (var index = 0; index < features.Count; index++)
        {
            if (features[index] is null) return true;
        }

        return false;
    }

    private static bool HasSpaceOrControl(string text)
    {
        foreach (var character in text)
        {
            if (char.IsWhiteSpace(character) || char.IsControl(character)) return true;
        }

        return false;
    }
}
