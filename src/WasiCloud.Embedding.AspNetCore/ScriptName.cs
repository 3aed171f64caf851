using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>The part of a request's path that leads to a CGI program (RFC 3875 section 4.1.13).</summary>
internal static class ScriptName
{
    /// <summary>The path base, and what the route says literally before its first parameter; percent-encoded.</summary>
    public static string Of(HttpContext context)
    {
        var name = new StringBuilder(context.Request.PathBase.Value);
        if (context.GetEndpoint() is RouteEndpoint endpoint)
        {
            foreach (var segment in endpoint.RoutePattern.PathSegments)
            {
                if (segment is not { IsSimple: true, Parts: [RoutePatternLiteralPart literal] }) break;
                name.Append('/').Append(literal.Content);
            }
        }

        return PathSpelling.Encode(name.ToString());
    }
}
