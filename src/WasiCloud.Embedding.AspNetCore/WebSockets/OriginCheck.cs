using Microsoft.AspNetCore.Http;

namespace WasiCloud.Embedding.AspNetCore.WebSockets;

/// <summary>
/// Which pages may open WebSockets of an endpoint. A browser lets any page open one to any host, sends the host's cookies, and says only in <c>Origin</c> whose
/// page it is (RFC 6455 sections 4.2.2 and 10.2).
/// </summary>
internal sealed class OriginCheck
{
    private const string Option = nameof(GuestWebSocketOptions.AllowedOrigins);

    private readonly HashSet<string> _allowed = new(StringComparer.OrdinalIgnoreCase);
    private readonly bool _isAnyAllowed;

    /// <summary>Takes the option.</summary>
    /// <exception cref="ArgumentException">It has something that is no origin.</exception>
    public OriginCheck(IReadOnlyList<string> allowed, string parameter)
    {
        foreach (var entry in allowed)
        {
            if (entry == GuestWebSocketOptions.AnyOrigin) _isAnyAllowed = true;
            else if (TryParse(entry) is { } origin) _allowed.Add(Text(origin));
            else throw new ArgumentException($"{Option} has '{entry}'; an origin is like https://www.example.org, without a path.", parameter);
        }
    }

    /// <summary>Whether the request comes from no page, or from one that may ask.</summary>
    public bool Allows(HttpRequest request)
    {
        var field = request.Headers.Origin;
        if (_isAnyAllowed || field.Count == 0) return true;
        return field.Count == 1 && TryParse(field[0]) is { } origin && (_allowed.Contains(Text(origin)) || IsSame(origin, request));
    }

    // Behind a proxy that ends TLS, the request's scheme may be http although the page's is https, and not the other way round.
    private static bool IsSame(Uri origin, HttpRequest request)
    {
        if (request.IsHttps && origin.Scheme != Uri.UriSchemeHttps) return false;
        return TryParse($"{origin.Scheme}://{request.Host.Value}") is { } own && Text(own).Equals(Text(origin), StringComparison.OrdinalIgnoreCase);
    }

    // "null", which many have, is none of these.
    private static Uri? TryParse(string? text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var origin) || origin.Scheme != Uri.UriSchemeHttp && origin.Scheme != Uri.UriSchemeHttps) return null;
        return origin is { PathAndQuery: "/", Fragment: "", UserInfo: "", Host.Length: > 0 } && !text.EndsWith('/') ? origin : null;
    }

    // Browsers write names of other scripts in ASCII.
    private static string Text(Uri origin) => $"{origin.Scheme}://{origin.IdnHost}:{origin.Port}";
}
