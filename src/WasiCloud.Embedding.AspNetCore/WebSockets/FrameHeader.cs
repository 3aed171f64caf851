using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.AspNetCore.WebSockets;

/// <summary>The beginning of a frame (RFC 6455 section 5.2).</summary>
/// <param name="Opcode">What the frame is.</param>
/// <param name="IsFinal">Whether it is the last of its message.</param>
/// <param name="Length">How many bytes of payload follow.</param>
/// <param name="Mask">What they are masked with, in the order of the wire.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FrameHeader(FrameOpcode Opcode, bool IsFinal, long Length, uint Mask)
{
    /// <summary>The longest payload of a control frame, in bytes (RFC 6455 section 5.5).</summary>
    public const int MaxControlBytes = 125;

    /// <summary>The longest header that a server writes, in bytes.</summary>
    public const int MaxWrittenBytes = 10;

    private const int FinalBit = 0x80;
    private const int ReservedBits = 0x70;
    private const int OpcodeBits = 0x0F;
    private const int MaskBit = 0x80;
    private const int LengthBits = 0x7F;
    private const int ShortLength = 126;
    private const int LongLength = 127;
    private const int MaskBytes = 4;

    /// <summary>Whether it stands between the frames of messages.</summary>
    public bool IsControl => Opcode >= FrameOpcode.Close;

    /// <summary>Reads the header of a client's frame.</summary>
    /// <param name="source">What has come of it.</param>
    /// <param name="header">The header.</param>
    /// <param name="count">How many bytes it has.</param>
    /// <returns><see cref="OperationStatus.InvalidData"/> as soon as no header begins in this way.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> source, out FrameHeader header, out int count)
    {
        (header, count) = (default, 0);
        if (source.Length < 2) return OperationStatus.NeedMoreData;
        var (opcode, isFinal, length) = ((FrameOpcode)(source[0] & OpcodeBits), (source[0] & FinalBit) != 0, (ulong)(source[1] & LengthBits));

        // Without extensions the reserved bits mean nothing, and a client masks what it sends (sections 5.1 and 5.2).
        if ((source[0] & ReservedBits) != 0 || (source[1] & MaskBit) == 0 || !IsKnown(opcode)) return OperationStatus.InvalidData;
        if (opcode >= FrameOpcode.Close && (!isFinal || length > MaxControlBytes)) return OperationStatus.InvalidData;
        var lengthBytes = length switch { ShortLength => 2, LongLength => 8, _ => 0 };
        if (source.Length < 2 + lengthBytes) return OperationStatus.NeedMoreData;

        // Section 5.2: "the minimal number of bytes MUST be used to encode the length", and the first bit of eight bytes is 0.
        if (lengthBytes == 2) length = BinaryPrimitives.ReadUInt16BigEndian(source[2..]);
        if (lengthBytes == 2 && length < ShortLength) return OperationStatus.InvalidData;
        if (lengthBytes == 8) length = BinaryPrimitives.ReadUInt64BigEndian(source[2..]);
        if (lengthBytes == 8 && length is <= ushort.MaxValue or > long.MaxValue) return OperationStatus.InvalidData;
        count = 2 + lengthBytes + MaskBytes;
        if (source.Length < count) return OperationStatus.NeedMoreData;
        header = new FrameHeader(opcode, isFinal, (long)length, MemoryMarshal.Read<uint>(source[(2 + lengthBytes)..]));
        return OperationStatus.Done;
    }

    /// <summary>Writes the header of a server's frame, which has no mask.</summary>
    /// <returns>How many bytes it has.</returns>
    public static int Write(Span<byte> destination, FrameOpcode opcode, bool isFinal, int length)
    {
        destination[0] = (byte)((int)opcode | (isFinal ? FinalBit : 0));
        if (length < ShortLength)
        {
            destination[1] = (byte)length;
            return 2;
        }

        if (length <= ushort.MaxValue)
        {
            destination[1] = ShortLength;
            BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)length);
            return 4;
        }

        destination[1] = LongLength;
        BinaryPrimitives.WriteInt64BigEndian(destination[2..], length);
        return MaxWrittenBytes;
    }

    private static bool IsKnown(FrameOpcode opcode) => opcode is <= FrameOpcode.Binary or (>= FrameOpcode.Close and <= FrameOpcode.Pong);
}
