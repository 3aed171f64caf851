using System.Numerics;
using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.AspNetCore.WebSockets;

/// <summary>The masking of what clients send (RFC 6455 section 5.3).</summary>
internal static class FrameMask
{
    /// <summary>Takes the mask away.</summary>
    /// <param name="payload">Bytes of a payload.</param>
    /// <param name="mask">The mask, in the order of the wire.</param>
    /// <param name="offset">Which byte of the payload is the first of these.</param>
    public static void Apply(Span<byte> payload, uint mask, long offset)
    {
        // The byte of the mask that is due comes first.
        var bits = (int)(offset % sizeof(uint)) * 8;
        mask = BitConverter.IsLittleEndian ? BitOperations.RotateRight(mask, bits) : BitOperations.RotateLeft(mask, bits);
        var wide = new Vector<uint>(mask);
        foreach (ref var vector in MemoryMarshal.Cast<byte, Vector<uint>>(payload)) vector ^= wide;
        payload = payload[(payload.Length - (payload.Length % Vector<byte>.Count))..];
        Span<byte> narrow = stackalloc byte[sizeof(uint)];
        MemoryMarshal.Write(narrow, mask);
        for (var index = 0; index < payload.Length; index++) payload[index] ^= narrow[index % sizeof(uint)];
    }
}
