using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>
/// The process that answers over HTTP: the same bytes from a guest and from a plain handler, and from a server in Go as a guest and behind a plain proxy.
/// </summary>
internal static class HttpServer
{
    /// <summary>Selects it.</summary>
    public const string Verb = "http";

    private static readonly byte[] Answer = "Hello from WebAssembly\n"u8.ToArray();

    /// <summary>Serves until standard input ends. Prints its address first.</summary>
    /// <param name="execution">What guests run on.</param>
    /// <param name="native">The address of the server in Go that is no guest, or <see langword="null"/>.</param>
    public static async Task RunAsync(GuestExecution execution, Uri? native)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddWasiCloud(options => options.Execution = execution).AddRequestResponseFiles();
        await using var app = builder.Build();
        using var module = await app.Services.GetRequiredService<IInvocationHost>().LoadAsync(GuestFiles.Read("write_body"), "write_body");
        app.MapGet("/plain", (HttpResponse response) => response.Body.WriteAsync(Answer).AsTask());
        app.MapGuest("/guest", module);
        using var server = await app.Services.GetRequiredService<IInvocationHost>().LoadAsync(GuestFiles.Read("http_server"), "http_server");
        await using var daemon = app.Services.GetRequiredService<IInvocationHost>().StartDaemon(server, "http_server");
        app.MapGuestDaemon("/daemon", daemon);
        using var client = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false });
        if (native is not null) app.MapGet("/proxy", context => ForwardAsync(client, native, context));
        await app.StartAsync();
        Console.WriteLine(app.Urls.Single());
        await Console.In.ReadToEndAsync();
        await app.StopAsync();
    }

    private static async Task ForwardAsync(HttpMessageInvoker client, Uri server, HttpContext context)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, context.Request.Path.Value));
        foreach (var (name, values) in context.Request.Headers) request.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values!);
        using var response = await client.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers) context.Response.Headers[name] = values.ToArray();
        foreach (var (name, values) in response.Content.Headers) context.Response.Headers[name] = values.ToArray();
        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
