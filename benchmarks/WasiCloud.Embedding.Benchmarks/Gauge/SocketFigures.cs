namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>What the socket costs a guest that answers one request, over the same answer through <c>/request/txt</c> and <c>/response/txt</c>.</summary>
internal sealed class SocketFigures : IGaugeFigures
{
    private const int Invocations = 10_000;

    public async IAsyncEnumerable<GaugeFigure> MeasureAsync(GuestExecution execution)
    {
        await using var host = new BenchmarkHost(execution: execution);
        using var text = await host.LoadAsync("text");
        using var socket = await host.LoadAsync("socket_server");
        var byFiles = await Sampling.MedianAsync(Invocations, count => RepeatAsync(host, text, GuestInterface.Files, count));
        var bySocket = await Sampling.MedianAsync(Invocations, count => RepeatAsync(host, socket, GuestInterface.Socket, count));
        yield return new GaugeFigure("text-us", byFiles.TotalMicroseconds, "us");
        yield return new GaugeFigure("socket-us", bySocket.TotalMicroseconds, "us");
        yield return new GaugeFigure("socket-ratio", bySocket / byFiles, "x");
    }

    private static async Task RepeatAsync(BenchmarkHost host, GuestModule module, GuestInterface way, int count)
    {
        for (var index = 0; index < count; index++)
        {
            await using var response = await host.Host.InvokeAsync(module, new InvocationRequest { Interface = way, Target = "/target" });
            await BenchmarkHost.DrainAsync(response.Body);
            await response.Completion;
        }
    }
}
