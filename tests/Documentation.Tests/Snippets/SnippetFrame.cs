namespace WasiCloud.Documentation.Snippets;

/// <summary>
/// What a C# block of a page stands in: CONTRIBUTING.md, "Pages". It has the usings that the SDK gives a web application, and <c>WasiCloud.Embedding</c>; what
/// it does not declare itself of the names below is there already. All else that it uses, it declares, so that a reader who copies it and what these names
/// stand for has what compiles.
/// </summary>
internal static class SnippetFrame
{
    public const string ClassName = "Snippet";

    /// <summary>The usings of <c>Microsoft.NET.Sdk.Web</c>, and this library's.</summary>
    public static IReadOnlyList<string> Usings { get; } =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Net.Http.Json", "System.Threading",
        "System.Threading.Tasks",
        "Microsoft.AspNetCore.Builder", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Http", "Microsoft.AspNetCore.Routing",
        "Microsoft.Extensions.Configuration", "Microsoft.Extensions.DependencyInjection", "Microsoft.Extensions.Hosting", "Microsoft.Extensions.Logging",
        "WasiCloud.Embedding",
    ];

    /// <summary>The names that a block may use without declaring them. A local variable of the same name hides one.</summary>
    public const string Members = """
        static string[] args => throw new NotSupportedException();
        static WebApplicationBuilder builder => throw new NotSupportedException();
        static WebApplication app => throw new NotSupportedException();
        static IInvocationHost host => throw new NotSupportedException();
        static GuestModule module => throw new NotSupportedException();
        static CancellationToken cancellationToken => throw new NotSupportedException();
        """;
}
