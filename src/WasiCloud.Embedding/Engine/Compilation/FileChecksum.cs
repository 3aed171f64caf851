using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>
/// The checksum of a compiled module: SHA-256 of the SHA-256 of each MiB, which all cores compute together. A large interpreter has over 100 MiB.
/// </summary>
internal static class FileChecksum
{
    private const int PieceBytes = 1 << 20;

    /// <summary>Reads the file and computes its checksum, in lower-case hexadecimal.</summary>
    public static string Compute(SafeFileHandle file)
    {
        var pieces = (int)((RandomAccess.GetLength(file) + PieceBytes - 1) / PieceBytes);
        var digests = new byte[pieces * SHA256.HashSizeInBytes];
        Parallel.For(0, pieces, index => HashPiece(file, index, digests.AsSpan(index * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes)));
        return Convert.ToHexStringLower(SHA256.HashData(digests));
    }

    private static void HashPiece(SafeFileHandle file, int index, Span<byte> digest)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        var count = 0;
        while (count < PieceBytes && RandomAccess.Read(file, buffer.AsSpan(count, PieceBytes - count), ((long)index * PieceBytes) + count) is > 0 and var read)
            count += read;
        SHA256.HashData(buffer.AsSpan(0, count), digest);
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
