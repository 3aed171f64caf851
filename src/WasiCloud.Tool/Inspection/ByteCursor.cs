using System.Text;

namespace WasiCloud.Tool.Inspection;

/// <summary>Reads the primitive values of the binary format (core specification, chapter 5), and nothing beyond the end of its part.</summary>
internal sealed class ByteCursor(ReadOnlyMemory<byte> bytes, int start, int end)
{
    private static readonly UTF8Encoding StrictText = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public int Offset { get; private set; } = start;

    public bool IsAtEnd => Offset == end;

    public int Remaining => end - Offset;

    public byte Byte(string what)
    {
        if (IsAtEnd) throw Malformed($"the end within {what}");
        return bytes.Span[Offset++];
    }

    /// <summary>An unsigned LEB128 number of at most <paramref name="bits"/> bits.</summary>
    public ulong Number(string what, int bits = 32)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var at = Offset;
            var next = Byte(what);
            if (shift + 7 > bits && (next & 0x7f) >> (bits - shift) != 0) throw new MalformedModuleException(at, $"{what} is larger than {bits} bits");
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value;
            if (shift + 7 >= bits) throw new MalformedModuleException(at, $"{what} is longer than {bits} bits");
        }
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
            return StrictText.GetString(bytes.Span[part.Offset..(part.Offset + part.Remaining)]);
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
        var length = Number($"the length of {what}");
        if (length > (ulong)Remaining) throw new MalformedModuleException(at, $"{what} takes {length} bytes, of which {Remaining} are there");
        var part = new ByteCursor(bytes, Offset, Offset + (int)length);
        Offset += (int)length;
        return part;
    }

    public ReadOnlySpan<byte> Rest() => bytes.Span[Offset..end];

    public MalformedModuleException Malformed(string problem) => new(Offset, problem);
}
