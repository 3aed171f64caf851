using System.Buffers;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Reliability.Rpc;

/// <summary>The process that is killed: it serves calls of another one, and tells on standard output which it has seen.</summary>
internal static class CallServer
{
    /// <summary>The command's name.</summary>
    public const string Verb = "call-server";

    /// <summary>What it serves: the request is a number, and so is the response.</summary>
    public const string Service = "numbers";

    /// <summary>Serves until the process is killed.</summary>
    /// <param name="configuration">The Redis server.</param>
    public static async Task RunAsync(string configuration)
    {
        await using var provider = Build(configuration, builder => builder.AddRpcService(Service, async (request, response, _) =>
        {
            var number = Encoding.UTF8.GetString(request.Payload);
            await Console.Out.WriteLineAsync(number);
            await Task.Yield();
            response.Write(Encoding.UTF8.GetBytes(number));
        }));
        provider.GetRequiredService<IGuestRpc>();
        await Task.Delay(Timeout.Infinite);
    }

    /// <summary>What both processes are made of.</summary>
    public static ServiceProvider Build(string configuration, Action<IWasiCloudBuilder> build)
    {
        var services = new ServiceCollection();
        var builder = services.AddWasiCloud();
        builder.UseRedisTransport(options =>
            (options.Configuration, options.LeaseDuration, options.PollInterval) = (configuration, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(50)));
        build(builder);
        return services.BuildServiceProvider();
    }
}
