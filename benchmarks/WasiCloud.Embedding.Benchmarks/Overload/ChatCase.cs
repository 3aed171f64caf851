using System.Diagnostics;
using System.Net.WebSockets;

namespace WasiCloud.Embedding.Benchmarks.Overload;

/// <summary>
/// The chat sample's guest, one for each WebSocket, eight clients in a room: each joins, says six things in 120 ms and leaves, half of them without a close
/// frame; then it comes again. Good is what they
/// receive. The amount is the number of clients. The server is a process of its own.
/// </summary>
internal sealed class ChatCase : IOverloadCase
{
    private const int RoomSize = 8;
    private const int Least = 2 * RoomSize;
    private const int Says = 6;

    // Four times as many fit into the rooms.
    private const int Most = ChatServer.Rooms * RoomSize / 4;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private Process _server = null!;
    private Uri _address = null!;
    private int _received;
    private int _sessions;
    private int _refused;

    public string Name => "chat";

    public async Task StartAsync(GuestExecution execution)
    {
        _server = ChildProcess.Start(typeof(ChatServer).Assembly, OverloadCommand.Name, ChatServer.Verb, execution.ToString());
        _address = new Uri((await _server.StandardOutput.ReadLineAsync())!.Replace("http://", "ws://", StringComparison.Ordinal));
        await OfferAsync(Least, TimeSpan.FromSeconds(3));
    }

    // Twice as many, until that brings little.
    public async Task<double> SaturateAsync()
    {
        var best = 0.0;
        for (var clients = Least; clients <= Most; clients *= 2)
        {
            var good = (await OfferAsync(clients, TimeSpan.FromSeconds(2))).Good;
            if (good < 1.25 * best) return clients / 2;
            best = good;
        }

        return Most;
    }

    public async Task<OverloadPoint> OfferAsync(double amount, TimeSpan time)
    {
        (_received, _sessions, _refused) = (0, 0, 0);
        using var end = new CancellationTokenSource(time);
        await Task.WhenAll(Enumerable.Range(0, (int)amount).Select(client => Task.Run(() => ComeAgainAsync(client, end.Token))));
        return new OverloadPoint(_sessions / time.TotalSeconds, _received / time.TotalSeconds, _refused / time.TotalSeconds, 0);
    }

    public async ValueTask DisposeAsync()
    {
        _server.StandardInput.Close();
        await _server.WaitForExitAsync();
        _server.Dispose();
    }

    private async Task ComeAgainAsync(int client, CancellationToken end)
    {
        var address = new Uri(_address, $"/rooms/{ChatServer.NameOf(client / RoomSize)}?name=client{client}");
        for (var visit = client; !end.IsCancellationRequested; visit++)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(end);
            patience.CancelAfter(Patience);
            try
            {
                Interlocked.Increment(ref _sessions);
                await VisitAsync(address, isPolite: visit % 2 == 0, patience.Token);
            }
            catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
            {
                if (!end.IsCancellationRequested) Interlocked.Increment(ref _refused);
            }
        }
    }

    private async Task VisitAsync(Uri address, bool isPolite, CancellationToken cancellationToken)
    {
        using var socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        await socket.ConnectAsync(address, cancellationToken);
        var receiving = ReceiveAsync(socket, cancellationToken);
        for (var said = 0; said < Says; said++)
        {
            await Task.Delay(Pause, cancellationToken);
            await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        }

        await Task.Delay(Pause, cancellationToken);
        if (isPolite) await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
        else socket.Abort();
        await receiving;
    }

    private async Task ReceiveAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        try
        {
            while ((await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken)).MessageType != WebSocketMessageType.Close)
                Interlocked.Increment(ref _received);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            // It has left, or was sent away.
        }
    }
}
