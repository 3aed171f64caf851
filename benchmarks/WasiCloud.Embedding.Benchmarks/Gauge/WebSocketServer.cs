using System.Globalization;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>The process that has WebSockets: each with a guest, or with a plain handler.</summary>
internal static class WebSocketServer
{
    /// <summary>Selects it.</summary>
    public const string Verb = "websockets";

    /// <summary>Each has a guest.</summary>
    public const string Guests = "guests";

    /// <summary>Each has a plain handler.</summary>
    public const string Handlers = "handlers";

    private const int MostOnFibers = 10_000;
    private const int MostOnThreads = 1_500;

    /// <summary>Serves until standard input ends. Prints its address first, and for each line that it reads its resident memory in bytes.</summary>
    public static async Task RunAsync(GuestExecution execution, string kind)
    {
        var most = execution == GuestExecution.Threads ? MostOnThreads : MostOnFibers;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddWasiCloud(options =>
            (options.Execution, options.MaxConcurrentInvocations, options.MaxConcurrentInvocationsPerModule) =
            (execution, most, most)).AddRequestResponseFiles().AddConnectionFiles();
        await using var app = builder.Build();
        app.UseWebSockets();
        using var module = await app.Services.GetRequiredService<IInvocationHost>().LoadAsync(GuestFiles.Read("connection"), "connection");
        if (kind == Guests) app.MapGuestWebSocket("/socket", module, options => options.MaxConnections = most);
        else app.MapGet("/socket", EchoAsync);
        await app.StartAsync();
        Console.WriteLine(app.Urls.Single());
        while (await Console.In.ReadLineAsync() is not null) Console.WriteLine(ProcessMemory.Resident().ToString(CultureInfo.InvariantCulture));
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = Array.Empty<byte>();
        while (true)
        {
            // As the library does: without a buffer until there is something.
            var first = await socket.ReceiveAsync(Memory<byte>.Empty, context.RequestAborted);
            if (first.MessageType == WebSocketMessageType.Close) return;
            buffer = new byte[4096];
            var result = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
            await socket.SendAsync(buffer.AsMemory(0, result.Count), result.MessageType, result.EndOfMessage, context.RequestAborted);
        }
    }
}
