using System.Buffers.Binary;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;

namespace WasiCloud.Embedding.AspNetCore.Tests.WebSockets;

/// <summary>A client of which every byte is the test's.</summary>
internal sealed class WebSocketPeer : IDisposable
{
    private readonly RawConnection _connection;

    private WebSocketPeer(RawConnection connection) => _connection = connection;

    /// <summary>Opens a WebSocket.</summary>
    public static async Task<WebSocketPeer> OpenAsync(GuestServer server, string path = "/socket")
    {
        var connection = await RawConnection.OpenAsync(server);

        // The key and its answer are those of RFC 6455 section 1.3.
        await connection.SendAsync(
            $"GET {path} HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        (await connection.ReadHeadAsync()).Should().StartWith("HTTP/1.1 101 ").And.Contain("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        return new WebSocketPeer(connection);
    }

    public Task SendAsync(ReadOnlyMemory<byte> bytes) => _connection.SendAsync(bytes);

    public Task SendAsync(params WireFrame[] frames) => SendAsync(frames.SelectMany(static frame => frame.Write(new Random(1))).ToArray());

    /// <summary>Reads one frame of the server, which is not masked.</summary>
    public async Task<(int Opcode, byte[] Payload)> ReceiveAsync()
    {
        var start = await _connection.ReadAsync(2);
        (start[0] & 0xF0).Should().Be(0x80, "the server sends no fragments and no reserved bits");
        var length = start[1] switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(await _connection.ReadAsync(2)),
            127 => checked((int)BinaryPrimitives.ReadInt64BigEndian(await _connection.ReadAsync(8))),
            var few => few,
        };
        return (start[0] & 0x0F, await _connection.ReadAsync(length));
    }

    /// <summary>Reads up to the close frame.</summary>
    /// <returns>What came before it, the code (0 for none), and the reason.</returns>
    public async Task<(List<(int Opcode, byte[] Payload)> Frames, int Code, string Reason)> ReceiveToCloseAsync()
    {
        var frames = new List<(int Opcode, byte[] Payload)>();
        while (true)
        {
            var (opcode, payload) = await ReceiveAsync();
            if (opcode == WireFrame.Close) return (frames, Code(payload), Encoding.UTF8.GetString(payload.AsSpan(Math.Min(2, payload.Length))));
            frames.Add((opcode, payload));
        }
    }

    private static int Code(byte[] payload) => payload.Length == 0 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(payload);

    /// <summary>Ends this side, and looks whether the server then ends its own, in good order.</summary>
    public Task<bool> EndAsync()
    {
        _connection.Shut();
        return _connection.IsAtEndAsync();
    }

    public void Dispose() => _connection.Dispose();
}
