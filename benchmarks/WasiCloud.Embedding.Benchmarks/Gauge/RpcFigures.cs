using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>What a call of <c>/beta/rpc</c> takes, by the calling guest's clock: open, write, read to the end, close.</summary>
internal sealed class RpcFigures : IGaugeFigures
{
    private const int Calls = 50_000;
    private const int CallsElsewhere = 2_000;
    private const int Samples = 5;
    private const string ServedByGuest = "guest";
    private const string ServedByHost = "host";

    public async IAsyncEnumerable<GaugeFigure> MeasureAsync(GuestExecution execution)
    {
        await using var host = new BenchmarkHost(
            builder => builder.AddRpcService(ServedByGuest, RpcAccess.Call | RpcAccess.Serve).AddRpcService(ServedByHost, Echo), execution);
        using var module = await host.LoadAsync("rpc");
        yield return await MeasureServiceAsync(host, module, "rpc-handler-us", ServedByHost);

        var serving = Task.Run(() => host.RunAsync(module, "serve", ServedByGuest));
        while (!await CanCallAsync(host, ServedByGuest)) await Task.Yield();
        yield return await MeasureServiceAsync(host, module, "rpc-guest-us", ServedByGuest);
        host.Services.GetRequiredService<IGuestRpc>().Stop(ServedByGuest);
        await serving;

        await using var redis = await RedisServer.StartAsync("--appendfsync", "no");
        await using var elsewhere = new BenchmarkHost(builder => builder.AddRpcService(ServedByHost, Echo).UseRedisTransport(redis.Configuration), execution);
        await using var caller = new BenchmarkHost(builder => builder.AddRpcService(ServedByHost).UseRedisTransport(redis.Configuration), execution);
        using var calling = await caller.LoadAsync("rpc");
        while (!await CanCallAsync(caller, ServedByHost)) await Task.Delay(10);
        yield return await MeasureServiceAsync(caller, calling, "rpc-redis-us", ServedByHost, CallsElsewhere);
    }

    private static async Task<GaugeFigure> MeasureServiceAsync(BenchmarkHost host, GuestModule module, string name, string service, int calls = Calls)
    {
        await TimeAsync(host, module, service, calls);
        var medians = new double[Samples];
        for (var sample = 0; sample < Samples; sample++) medians[sample] = await TimeAsync(host, module, service, calls);
        Array.Sort(medians);
        return new GaugeFigure(name, medians[Samples / 2] / 1000, "us");
    }

    private static async Task<double> TimeAsync(BenchmarkHost host, GuestModule module, string service, int calls)
    {
        using var output = new MemoryStream();
        var request = new InvocationRequest
        {
            Arguments = ["time", service, calls.ToString(CultureInfo.InvariantCulture)],
            StandardOutput = PipeWriter.Create(output)
        };
        await using (var response = await host.Host.InvokeAsync(module, request))
        {
            await response.Completion;
        }

        return double.Parse(Encoding.ASCII.GetString(output.ToArray()), CultureInfo.InvariantCulture);
    }

    private static ValueTask Echo(RpcRequest request, IBufferWriter<byte> response, CancellationToken cancellationToken)
    {
        response.Write("echo:"u8);
        foreach (var piece in request.Payload) response.Write(piece.Span);
        return default;
    }

    // A guest serves once it has looked for a call, a process once it has said so.
    private static async Task<bool> CanCallAsync(BenchmarkHost host, string service)
    {
        try
        {
            await host.Services.GetRequiredService<IGuestRpc>().CallAsync(service, default, new ArrayBufferWriter<byte>());
            return true;
        }
        catch (RpcException exception) when (exception.Error == RpcError.Refused)
        {
            return false;
        }
    }
}
