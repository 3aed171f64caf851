using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;

/// <summary>An HTTP/1.1 connection whose every byte the test chooses, and on which it reads before it has written all.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationTokenSource _patience = new(TestLimits.Patience);
    private PipeReader _reader = null!;

    public static async Task<RawConnection> OpenAsync(GuestServer server)
    {
        var connection = new RawConnection();
        await connection._socket.ConnectAsync(IPAddress.Loopback, server.Port);
        connection._reader = PipeReader.Create(new NetworkStream(connection._socket));
        return connection;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[await _socket.SendAsync(bytes, _patience.Token)..];
    }

    /// <summary>Reads the status line and the fields.</summary>
    public async Task<string> ReadHeadAsync()
    {
        // For each message, however many there are.
        _patience.CancelAfter(TestLimits.Patience);
        var head = new StringBuilder();
        while (await ReadLineAsync() is { Length: > 0 } line) head.Append(line).Append('\n');
        return head.ToString();
    }

    /// <summary>Reads one chunk; the last one is empty.</summary>
    public async Task<byte[]> ReadChunkAsync()
    {
        var length = int.Parse(await ReadLineAsync(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var chunk = await ReadAsync(length);
        await ReadLineAsync();
        return chunk;
    }

    /// <summary>Reads chunks up to the last one.</summary>
    public async Task<string> ReadChunksAsync()
    {
        var body = new StringBuilder();
        while (await ReadChunkAsync() is { Length: > 0 } chunk) body.Append(Encoding.UTF8.GetString(chunk));
        return body.ToString();
    }

    /// <summary>Reads a response that says how long it is, or comes in chunks.</summary>
    public async Task<string> ReadResponseAsync() => await ReadBodyAsync(await ReadHeadAsync());

    /// <summary>Reads what follows a head that says how long it is, or that it comes in chunks.</summary>
    public async Task<string> ReadBodyAsync(string head)
    {
        const string LengthField = "Content-Length: ";
        var length = head.Split('\n').FirstOrDefault(static line => line.StartsWith(LengthField, StringComparison.OrdinalIgnoreCase));
        if (length is null) return await ReadChunksAsync();
        return Encoding.UTF8.GetString(await ReadAsync(int.Parse(length[LengthField.Length..], CultureInfo.InvariantCulture)));
    }

    /// <summary>Whether the other side ends the connection here, and in good order.</summary>
    public async Task<bool> IsAtEndAsync()
    {
        var read = await _reader.ReadAtLeastAsync(1, _patience.Token);
        _reader.AdvanceTo(read.Buffer.Start);
        return read is { IsCompleted: true, Buffer.IsEmpty: true };
    }

    /// <summary>Says that nothing more will be sent.</summary>
    public void Shut() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends the connection as a client that crashed does.</summary>
    public void Reset() => _socket.Close(timeout: 0);

    public void Dispose()
    {
        _socket.Dispose();
        _patience.Dispose();
    }

    private async Task<string> ReadLineAsync()
    {
        while (true)
        {
            var read = await _reader.ReadAsync(_patience.Token);
            var buffer = read.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.Latin1.GetString(buffer.Slice(0, end)).TrimEnd('\r');
                _reader.AdvanceTo(buffer.GetPosition(1, end));
                return line;
            }

            _reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted) throw new EndOfStreamException();
        }
    }

    /// <summary>Reads so many bytes.</summary>
    public async Task<byte[]> ReadAsync(int length)
    {
        // The reader would wait for something.
        if (length == 0) return [];
        var read = await _reader.ReadAtLeastAsync(length, _patience.Token);
        if (read.Buffer.Length < length) throw new EndOfStreamException();
        var bytes = read.Buffer.Slice(0, length).ToArray();
        _reader.AdvanceTo(read.Buffer.GetPosition(length));
        return bytes;
    }
}
