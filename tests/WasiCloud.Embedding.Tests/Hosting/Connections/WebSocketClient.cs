using System.Net.WebSockets;
using System.Text;

namespace WasiCloud.Embedding.Tests.Hosting.Connections;

/// <summary>What tests send and receive on a WebSocket.</summary>
internal static class WebSocketClient
{
    public static Task SendAsync(this WebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, default).WaitAsync(TestHost.Patience);

    /// <summary>Receives a whole message; its type is that of a close frame at the end.</summary>
    public static async Task<(WebSocketMessageType Type, byte[] Bytes)> ReceiveAsync(this WebSocket socket)
    {
        using var message = new MemoryStream();
        var buffer = new byte[16 << 10];
        while (true)
        {
            var result = await socket.ReceiveAsync(buffer, default).WaitAsync(TestHost.Patience);
            await message.WriteAsync(buffer.AsMemory(0, result.Count));
            if (result.EndOfMessage) return (result.MessageType, message.ToArray());
        }
    }

    public static async Task<string> ReceiveTextAsync(this WebSocket socket)
    {
        var (type, bytes) = await socket.ReceiveAsync();
        return type == WebSocketMessageType.Text
            ? Encoding.UTF8.GetString(bytes)
            : throw new InvalidOperationException($"{type}, {socket.CloseStatus} {socket.CloseStatusDescription}");
    }

    /// <summary>Drops what comes until the connection is closed, and answers.</summary>
    public static async Task<(int Code, string? Reason)> ReceiveCloseAsync(this WebSocket socket)
    {
        while ((await socket.ReceiveAsync()).Type != WebSocketMessageType.Close)
        {
        }

        var (code, reason) = ((int)socket.CloseStatus!.Value, socket.CloseStatusDescription);
        try
        {
            if (socket.State == WebSocketState.CloseReceived)
                await socket.CloseOutputAsync(socket.CloseStatus.Value, null, default).WaitAsync(TestHost.Patience);
        }
        catch (Exception exception) when (exception is WebSocketException or IOException)
        {
            // The server did not wait for the answer.
        }

        return (code, reason);
    }
}
