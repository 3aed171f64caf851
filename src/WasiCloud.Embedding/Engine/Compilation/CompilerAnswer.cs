using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>What came of a module.</summary>
internal enum CompilerResult : byte
{
    /// <summary>Code.</summary>
    Compiled = 1,

    /// <summary>The compiler says why it is not valid.</summary>
    Invalid = 2,

    /// <summary>The compiler had no memory left.</summary>
    OutOfMemory = 3,

    /// <summary>The compiler makes code for other hosts.</summary>
    Incompatible = 4,
}

/// <summary>
/// What a compiler process answers, on its standard output: one byte that says what it is; then the length (8 bytes, little-endian) and the SHA-256 of what
/// follows, code or UTF-8 text. The reader trusts nothing of it.
/// </summary>
/// <param name="Result">What came of the module.</param>
/// <param name="Text">The compiler's message or key.</param>
/// <param name="Artifact">The code, in memory that the receiver disposes.</param>
internal sealed record CompilerAnswer(CompilerResult Result, string Text, SafeFileHandle? Artifact)
{
    private const int MaxTextBytes = 64 << 10;
    private const int HeadBytes = 1 + sizeof(long) + SHA256.HashSizeInBytes;
    private const int PieceBytes = 256 << 10;

    public static void Write(Stream stream, CompilerResult result, ReadOnlySpan<byte> content)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        head[0] = (byte)result;
        BinaryPrimitives.WriteInt64LittleEndian(head[1..], content.Length);
        SHA256.HashData(content, head[(1 + sizeof(long))..]);
        stream.Write(head);
        stream.Write(content);
        stream.Flush();
    }

    /// <summary>Writes a message, or as much of it as is read.</summary>
    public static void Write(Stream stream, CompilerResult result, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Write(stream, result, bytes.AsSpan(0, Math.Min(bytes.Length, MaxTextBytes)));
    }

    /// <summary>Reads an answer.</summary>
    /// <param name="stream">The process's output.</param>
    /// <param name="maxArtifactBytes">The most that code may have, in bytes.</param>
    /// <exception cref="EndOfStreamException">It ended early.</exception>
    /// <exception cref="InvalidDataException">It is no answer.</exception>
    public static CompilerAnswer Read(Stream stream, long maxArtifactBytes)
    {
        var head = new byte[HeadBytes];
        stream.ReadExactly(head);
        var result = (CompilerResult)head[0];
        var length = BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(1));
        var checksum = head.AsSpan(1 + sizeof(long));
        if (!Enum.IsDefined(result)) throw new InvalidDataException(FormattableString.Invariant($"it begins with the byte {head[0]}"));
        var most = result == CompilerResult.Compiled ? maxArtifactBytes : MaxTextBytes;
        if (length < 0 || length > most) throw new InvalidDataException(FormattableString.Invariant($"it announces {length} bytes; the most is {most}"));
        return result == CompilerResult.Compiled
            ? new CompilerAnswer(result, string.Empty, ReadArtifact(stream, length, checksum))
            : new CompilerAnswer(result, ReadText(stream, (int)length, checksum), Artifact: null);
    }

    private static string ReadText(Stream stream, int length, ReadOnlySpan<byte> checksum)
    {
        var text = new byte[length];
        stream.ReadExactly(text);
        return SHA256.HashData(text).AsSpan().SequenceEqual(checksum) ? Encoding.UTF8.GetString(text) : throw Damaged();
    }

    // Into memory that can be mapped: code of 100 MB is neither copied a second time nor held twice.
    private static SafeFileHandle ReadArtifact(Stream stream, long length, ReadOnlySpan<byte> checksum)
    {
        var artifact = FileApi.CreateMemoryFile("wasicloud-module");
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (var offset = 0L; offset < length;)
            {
                var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - offset));
                stream.ReadExactly(piece);
                hash.AppendData(piece);
                RandomAccess.Write(artifact, piece, offset);
                offset += piece.Length;
            }

            return hash.GetHashAndReset().AsSpan().SequenceEqual(checksum) ? artifact : throw Damaged();
        }
        catch
        {
            artifact.Dispose();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static InvalidDataException Damaged() => new("its checksum is wrong");
}
