using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>The process that answers over HTTP: the same bytes from a guest and from a plain handler.</summary>
internal static class HttpServer
{
    /// <summary>Selects it.</summary>
    public const string Verb = "http";

    private static readonly byte[] Answer = "Hello from WebAssembly\n"u8.ToArray();

    /// <summary>Serves until standard input ends. Prints its address first.</summary>
    public static async Task RunAsync(GuestExecution execution)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddWasiCloud(options => options.Execution = execution).AddRequestResponse();
        await using var app = builder.Build();
        using var module = await app.Services.GetRequiredService<IInvocationHost>().LoadAsync(GuestFiles.Read("write_body"), "write_body");
        app.MapGet("/plain", (HttpResponse response) => response.Body.WriteAsync(Answer).AsTask());
        app.MapGuest("/guest", module);
        await app.StartAsync();
        Console.WriteLine(app.Urls.Single());
        await Console.In.ReadToEndAsync();
        await app.StopAsync();
    }
}
