namespace AspNetCoreSample;

/// <summary>A route and the guest that serves it.</summary>
/// <param name="Pattern">The route pattern.</param>
/// <param name="Guest">The name of the module, a file below <c>guests</c>.</param>
/// <param name="Summary">What it does, for the index.</param>
internal sealed record GuestRoute(string Pattern, string Guest, string Summary)
{
    public static IReadOnlyList<GuestRoute> All { get; } =
    [
        new("/echo", "echo", "streams the request's body back (C)"),
        new("/counter/{name}", "counter", "GET reads a counter, POST increments it (C)"),
        new("/guestbook", "guestbook", "a page with a form; POST signs it (C)"),
        new("/json", "json_transform", "POST {\"numbers\":[1,2,3]} for count, sum, min, max and mean (Rust)"),
        new("/go", "hello", "tells what it saw of the request (Go)"),
    ];

    public static string Index { get; } =
        "Routes served by WebAssembly guests:\n\n" + string.Concat(All.Select(route => $"  {route.Pattern,-16} {route.Summary}\n"));
}
