using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>
/// Guests that each have a WebSocket: what an idle one takes above a plain handler, and how long a message takes there and back while the others are idle.
/// </summary>
internal sealed class WebSocketFigures : IGaugeFigures
{
    private const int OnFibers = 9_000;
    private const int OnThreads = 1_000;
    private const int Messages = 5_000;
    private const int Talking = 50;

    // 1,000 messages a second over all.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(Talking / 1000.0);

    public async IAsyncEnumerable<GaugeFigure> MeasureAsync(GuestExecution execution)
    {
        var count = execution == GuestExecution.Threads ? OnThreads : OnFibers;
        var (handler, _) = await MeasureAsync(execution, WebSocketServer.Handlers, count);
        var (guest, latencies) = await MeasureAsync(execution, WebSocketServer.Guests, count);
        yield return new GaugeFigure("websocket-idle-kib", (guest - handler) / 1024,
            string.Create(CultureInfo.InvariantCulture, $"KiB above a handler's {handler / 1024:F1}, {count:N0} of them"));
        yield return new GaugeFigure("websocket-echo-p50-us", latencies[latencies.Length / 2], "us");
        yield return new GaugeFigure("websocket-echo-p99-us", latencies[latencies.Length * 99 / 100], "us");
    }

    private static async Task<(double BytesEach, double[] Latencies)> MeasureAsync(GuestExecution execution, string kind, int count)
    {
        using var server = ChildProcess.Start(typeof(WebSocketServer).Assembly, GaugeCommand.Name, WebSocketServer.Verb, execution.ToString(), kind);
        var address = new Uri((await server.StandardOutput.ReadLineAsync())!.Replace("http://", "ws://", StringComparison.Ordinal) + "/socket");

        // So that what all of them share is there.
        using (var first = await ConnectAsync(address)) await EchoAsync(first);
        var before = await ReadMemoryAsync(server);
        var sockets = new List<ClientWebSocket>(count);
        for (var index = 0; index < count; index++) sockets.Add(await ConnectAsync(address));
        foreach (var socket in sockets) await EchoAsync(socket);
        var each = (await ReadMemoryAsync(server) - before) / (double)count;
        var latencies = await Task.WhenAll(sockets.Take(Talking).Select(TalkAsync));
        foreach (var socket in sockets) socket.Dispose();
        server.StandardInput.Close();
        await server.WaitForExitAsync();
        return (each, [.. latencies.SelectMany(some => some).Order()]);
    }

    private static async Task<double[]> TalkAsync(ClientWebSocket socket)
    {
        var latencies = new double[Messages / Talking];
        for (var index = 0; index < latencies.Length; index++)
        {
            await Task.Delay(Pause);
            latencies[index] = await EchoAsync(socket);
        }

        return latencies;
    }

    private static async Task<double> EchoAsync(ClientWebSocket socket)
    {
        var buffer = new byte[16];
        var started = Stopwatch.GetTimestamp();
        await socket.SendAsync("message"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, default);
        await socket.ReceiveAsync(buffer, default);
        return Stopwatch.GetElapsedTime(started).TotalMicroseconds;
    }

    private static async Task<ClientWebSocket> ConnectAsync(Uri address)
    {
        var socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        await socket.ConnectAsync(address, default);
        return socket;
    }

    private static async Task<long> ReadMemoryAsync(Process server)
    {
        await server.StandardInput.WriteLineAsync();
        await server.StandardInput.FlushAsync();
        return long.Parse((await server.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
    }
}
