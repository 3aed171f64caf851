using System.Buffers.Binary;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary>Reads a guest's <c>iovec_array</c>.</summary>
internal static unsafe class IoVectorDecoder
{
    /// <summary>Linux's <c>IOV_MAX</c>; more is <see cref="Errno.Inval"/>, as POSIX <c>readv</c> says.</summary>
    public const int MaxCount = 1024;

    // Two 32-bit fields: address and length.
    private const uint VectorSize = 8;

    /// <summary>Decodes and checks every vector. Lengths beyond what one call can move are cut, which reads and writes may do.</summary>
    public static Errno Decode(in GuestMemory memory, uint address, Span<IoVector> vectors, out int totalLength)
    {
        totalLength = 0;
        if (!memory.TryGetSpan(address, (uint)vectors.Length * VectorSize, out var source)) return Errno.Fault;
        foreach (ref var vector in vectors)
        {
            var start = BinaryPrimitives.ReadUInt32LittleEndian(source);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(source[4..]);
            source = source[(int)VectorSize..];
            if (!memory.TryGetVector(start, length, out vector)) return Errno.Fault;
            if (length > (uint)(int.MaxValue - totalLength)) vector = new IoVector(vector.Start, (uint)(int.MaxValue - totalLength));
            totalLength += (int)vector.Length;
        }

        return Errno.Success;
    }
}
