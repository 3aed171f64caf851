using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.Unicode;

namespace WasiCloud.Embedding.AspNetCore.WebSockets;

/// <summary>The payload of a close frame (RFC 6455 sections 5.5.1 and 7.4).</summary>
internal static class CloseFrame
{
    private const int CodeBytes = 2;

    /// <summary>Reads what the client says.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="status">The code, or <see cref="WebSocketCloseStatus.Empty"/> if there is none.</param>
    /// <param name="reason">The text.</param>
    /// <returns>Why it is malformed, or <see langword="null"/>.</returns>
    public static WebSocketCloseStatus? FindMistake(ReadOnlySpan<byte> payload, out WebSocketCloseStatus status, out string reason)
    {
        (status, reason) = (WebSocketCloseStatus.Empty, string.Empty);
        if (payload.IsEmpty) return null;
        if (payload.Length < CodeBytes) return WebSocketCloseStatus.ProtocolError;
        int code = BinaryPrimitives.ReadUInt16BigEndian(payload);
        if (!MayBeSent(code)) return WebSocketCloseStatus.ProtocolError;
        if (!Utf8.IsValid(payload[CodeBytes..])) return WebSocketCloseStatus.InvalidPayloadData;
        (status, reason) = ((WebSocketCloseStatus)code, Encoding.UTF8.GetString(payload[CodeBytes..]));
        return null;
    }

    /// <summary>Writes what the server says; without a code, nothing.</summary>
    /// <exception cref="ArgumentException">The reason is too long.</exception>
    public static byte[] Write(WebSocketCloseStatus status, string? reason)
    {
        if (status == WebSocketCloseStatus.Empty) return [];
        var length = CodeBytes + Encoding.UTF8.GetByteCount(reason ?? string.Empty);
        if (length > FrameHeader.MaxControlBytes) throw new ArgumentException("The reason is longer than 123 bytes of UTF-8.", nameof(reason));
        var payload = new byte[length];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)status);
        Encoding.UTF8.GetBytes(reason ?? string.Empty, payload.AsSpan(CodeBytes));
        return payload;
    }

    // Section 7.4: those that are defined for close frames, here or since (IANA has 1012 to 1014), and those of libraries and applications. The others below
    // 3000 are reserved for the protocol, and 1004, 1005, 1006 and 1015 never stand in a frame.
    private static bool MayBeSent(int code) => code is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);
}
