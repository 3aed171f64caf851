using System.Text;
using WasiCloud.Embedding.Wasm;

namespace WasiCloud.Tool.Inspection;

/// <summary>Reads the binary format as <see cref="BinaryCursor"/> does, and says what was to be read where that failed.</summary>
internal sealed class ByteCursor(ReadOnlyMemory<byte> bytes, int start, int end)
{
    private static readonly UTF8Encoding StrictText = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public int Offset { get; private set; } = start;

    public bool IsAtEnd => Next.IsAtEnd;

    public int Remaining => Next.Remaining;

    private BinaryCursor Next => new(bytes.Span[..end], Offset);

    public byte Byte(string what)
    {
        var cursor = Next;
        var value = cursor.Byte();
        Take(cursor, what);
        return value;
    }

    /// <summary>An unsigned LEB128 number of at most <paramref name="bits"/> bits.</summary>
    public ulong Number(string what, int bits = 32)
    {
        var cursor = Next;
        var value = cursor.Number(bits);
        Take(cursor, what, bits);
        return value;
    }

    /// <summary>A number of things, each of which takes at least one byte.</summary>
    public int Count(string what)
    {
        var at = Offset;
        var count = Number($"the number of {what}");
        return count <= (ulong)Remaining ? (int)count : throw new MalformedModuleException(at, $"{count} {what} in {Remaining} bytes");
    }

    public string Name(string what)
    {
        var part = Part(what);
        try
        {
            return StrictText.GetString(part.Rest());
        }
        catch (DecoderFallbackException)
        {
            throw new MalformedModuleException(part.Offset, $"{what} is not UTF-8");
        }
    }

    /// <summary>A length and that many bytes, as a cursor of their own.</summary>
    public ByteCursor Part(string what)
    {
        var at = Offset;
        var length = (uint)Number($"the length of {what}");
        var cursor = Next;
        cursor.Skip(length);
        if (cursor.HasFailed) throw new MalformedModuleException(at, $"{what} takes {length} bytes, of which {Remaining} are there");
        var part = new ByteCursor(bytes, Offset, cursor.Position);
        Offset = cursor.Position;
        return part;
    }

    public ReadOnlySpan<byte> Rest() => Next.Rest();

    public MalformedModuleException Malformed(string problem) => new(Offset, problem);

    private void Take(BinaryCursor cursor, string what, int bits = 0)
    {
        Offset = cursor.Position;
        if (!cursor.HasFailed) return;
        throw Malformed(cursor.Failure switch
        {
            BinaryFailure.TooLarge => $"{what} is larger than {bits} bits",
            BinaryFailure.TooLong => $"{what} is longer than {bits} bits",
            _ => $"the end within {what}",
        });
    }
}
