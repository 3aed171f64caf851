using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace WasiCloud.Embedding.Benchmarks.Overload;

/// <summary>The process that has the chat's rooms.</summary>
internal static class ChatServer
{
    /// <summary>Selects it.</summary>
    public const string Verb = "chat-server";

    /// <summary>How many rooms there are.</summary>
    public const int Rooms = 128;

    /// <summary>Serves until standard input ends. Prints its address first.</summary>
    public static async Task RunAsync(GuestExecution execution)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var guests = builder.Services.AddWasiCloud(options => (options.Execution, options.MaxMemoryBytes) = (execution, 4 << 20))
            .AddRequestResponseFiles().AddConnectionFiles().AddKeyValue(keyValue => keyValue.Scope("local").UseMemory());
        for (var room = 0; room < Rooms; room++) guests.AddTopic(NameOf(room));
        await using var app = builder.Build();
        app.UseWebSockets();
        using var module = await app.Services.GetRequiredService<IInvocationHost>().LoadAsync(GuestFiles.Read("chat"), "chat");
        app.MapGuestWebSocket("/rooms/{room}", module);
        await app.StartAsync();
        Console.WriteLine(app.Urls.Single());
        await Console.In.ReadToEndAsync();
        await app.StopAsync();
    }

    /// <summary>The name of a room.</summary>
    public static string NameOf(int room) => "room" + room.ToString(CultureInfo.InvariantCulture);
}
