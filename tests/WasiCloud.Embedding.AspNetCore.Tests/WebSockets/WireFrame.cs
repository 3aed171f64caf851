using System.Buffers.Binary;

namespace WasiCloud.Embedding.AspNetCore.Tests.WebSockets;

/// <summary>One frame as a client writes it (RFC 6455 section 5.2), with every liberty that a client may not take.</summary>
internal sealed record WireFrame(int Opcode, byte[] Payload, bool IsFinal = true)
{
    public const int Continuation = 0;
    public const int Text = 1;
    public const int Binary = 2;
    public const int Close = 8;
    public const int Ping = 9;
    public const int Pong = 10;

    /// <summary>The three bits after the first.</summary>
    public int Reserved { get; init; }

    public bool IsMasked { get; init; } = true;

    /// <summary>How many bytes the length has after the first: 0, 2 or 8; or as few as can be.</summary>
    public int? LengthBytes { get; init; }

    /// <summary>The first bit of a length of 8 bytes, which is always 0.</summary>
    public bool HasSign { get; init; }

    public static WireFrame CloseWith(int code, ReadOnlySpan<byte> reason) => new(Close, [(byte)(code >> 8), (byte)code, .. reason]);

    public byte[] Write(Random random)
    {
        var lengthBytes = LengthBytes ?? (Payload.Length < 126 ? 0 : Payload.Length < 65_536 ? 2 : 8);
        var long8 = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(long8, (ulong)Payload.Length + (HasSign ? 1UL << 63 : 0));
        var mask = new byte[IsMasked ? 4 : 0];
        random.NextBytes(mask);
        var first = (byte)((IsFinal ? 0x80 : 0) | (Reserved << 4) | Opcode);
        var second = (byte)((IsMasked ? 0x80 : 0) | (lengthBytes switch { 2 => 126, 8 => 127, _ => Payload.Length }));
        var masked = Payload.Select((value, index) => IsMasked ? (byte)(value ^ mask[index % 4]) : value);
        return [first, second, .. long8[^lengthBytes..], .. mask, .. masked];
    }
}
