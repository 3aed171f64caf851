using System.Buffers.Text;
using System.Text;

namespace WasiCloud.Embedding.Text;

/// <summary>Writes a text as it reads without escapes.</summary>
/// <param name="text">The text.</param>
/// <param name="view">Gets it without escapes; as long as the text.</param>
/// <param name="positions">Gets, for each byte of the view, where it begins in the text, and then where the text ends.</param>
/// <returns>The length of the view.</returns>
internal delegate int MaskViewing(ReadOnlySpan<byte> text, Span<byte> view, Span<int> positions);

/// <summary>
/// What <see cref="MaskPatterns"/> searches besides a text itself: the text without the escapes of JSON, of programming languages or of URLs.
/// </summary>
internal static class MaskView
{
    private const byte Backslash = (byte)'\\';
    private const int LongestBraced = 6;

    /// <summary>Backslashes: those of JSON (RFC 8259 section 7), and those that C, Go, Rust and <see cref="SafeText"/> write.</summary>
    public static int OfEscapes(ReadOnlySpan<byte> text, Span<byte> view, Span<int> positions)
    {
        var length = 0;
        Span<byte> character = stackalloc byte[4];
        for (var at = 0; at < text.Length;)
        {
            var taken = text[at] == Backslash ? Unescape(text[at..], character, out var count) : Copy(text[at], character, out count);
            for (var index = 0; index < count; index++) (view[length], positions[length++]) = (character[index], at);
            at += taken;
        }

        positions[length] = text.Length;
        return length;
    }

    /// <summary>Percent signs (RFC 3986 section 2.1).</summary>
    public static int OfUrl(ReadOnlySpan<byte> text, Span<byte> view, Span<int> positions) => OfPercent(text, view, positions, space: (byte)'+');

    /// <summary>As <see cref="OfUrl"/>, and plus signs for spaces (application/x-www-form-urlencoded).</summary>
    public static int OfForm(ReadOnlySpan<byte> text, Span<byte> view, Span<int> positions) => OfPercent(text, view, positions, space: (byte)' ');

    private static int OfPercent(ReadOnlySpan<byte> text, Span<byte> view, Span<int> positions, byte space)
    {
        var length = 0;
        for (var at = 0; at < text.Length; length++)
        {
            positions[length] = at;
            if (text[at] == (byte)'%' && TryHexadecimal(text[(at + 1)..], 2, out var value))
            {
                view[length] = (byte)value;
                at += 3;
            }
            else view[length] = text[at++] is not (byte)'+' and var other ? other : space;
        }

        positions[length] = text.Length;
        return length;
    }

    private static int Copy(byte value, Span<byte> character, out int count)
    {
        (character[0], count) = (value, 1);
        return 1;
    }

    // Returns how long the escape is; what is none stands for itself.
    private static int Unescape(ReadOnlySpan<byte> text, Span<byte> character, out int count)
    {
        count = 1;
        if (text.Length < 2)
        {
            character[0] = Backslash;
            return 1;
        }

        character[0] = text[1] switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'t' => (byte)'\t',
            (byte)'r' => (byte)'\r',
            (byte)'b' => (byte)'\b',
            (byte)'f' => (byte)'\f',
            (byte)'v' => (byte)'\v',
            (byte)'a' => (byte)'\a',
            (byte)'0' => 0,
            (byte)'"' or (byte)'\'' or (byte)'/' => text[1],
            _ => Backslash,
        };
        if (character[0] != Backslash || text[1] == Backslash) return 2;
        if (text[1] == (byte)'x' && TryHexadecimal(text[2..], 2, out var value))
        {
            character[0] = (byte)value;
            return 4;
        }

        return text[1] is (byte)'u' or (byte)'x' ? Character(text, character, out count) : 1;
    }

    // \u0041, \ud83d\ude00, \u{41}, \x{ff}.
    private static int Character(ReadOnlySpan<byte> text, Span<byte> character, out int count)
    {
        count = 1;
        if (text.Length > 2 && text[2] == (byte)'{')
        {
            var digits = text[3..Math.Min(text.Length, 3 + LongestBraced + 1)].IndexOf((byte)'}');
            if (digits < 1 || !TryHexadecimal(text[3..], digits, out var code)) return 1;
            if (text[1] == (byte)'x' && code <= byte.MaxValue) character[0] = (byte)code;
            else if (Rune.TryCreate(code, out var braced)) count = braced.EncodeToUtf8(character);
            return digits + 4;
        }

        if (text[1] != (byte)'u' || !TryHexadecimal(text[2..], 4, out var first)) return 1;
        if (Rune.TryCreate(first, out var single))
        {
            count = single.EncodeToUtf8(character);
            return 6;
        }

        if (!text[6..].StartsWith("\\u"u8) || !TryHexadecimal(text[8..], 4, out var second)) return 1;
        if (!Rune.TryCreate((char)first, (char)second, out var pair)) return 1;
        count = pair.EncodeToUtf8(character);
        return 12;
    }

    private static bool TryHexadecimal(ReadOnlySpan<byte> text, int digits, out int value)
    {
        value = 0;
        return text.Length >= digits && Utf8Parser.TryParse(text[..digits], out value, out var used, 'x') && used == digits;
    }
}
