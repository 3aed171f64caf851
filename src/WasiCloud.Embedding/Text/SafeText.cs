using System.Buffers;
using System.Globalization;
using System.Text;

namespace WasiCloud.Embedding.Text;

/// <summary>
/// Makes text of a stranger (a module's names, a guest's output, a path, a request) fit for an exception, a log or a terminal: of bounded length, and without
/// anything that could forge a line or reorder it.
/// </summary>
internal static class SafeText
{
    /// <summary>Characters that are shown of one name, unless there is a reason for another number.</summary>
    public const int NameLength = 200;

    /// <summary>Characters that are shown of a message that names several things, each of which was cut before.</summary>
    public const int MessageLength = 10_000;

    private const char Ellipsis = '\u2026';

    /// <summary>
    /// Writes control and formatting characters (bidirectional ones among them), line and paragraph separators and lone surrogates as <c>\u{hex}</c>, and cuts
    /// what is too long: then an ellipsis and the whole length follow.
    /// </summary>
    /// <param name="text">What a stranger wrote.</param>
    /// <param name="maxLength">Characters of the result, without what tells that it was cut. More than that is not looked at.</param>
    /// <returns>The text itself if nothing is wrong with it.</returns>
    public static string Of(string text, int maxLength = NameLength)
    {
        if (text.Length <= maxLength && IsPlain(text)) return text;
        var result = new StringBuilder(Math.Min(maxLength, text.Length));
        return TryAppend(result, text, maxLength) ? result.ToString() : Cut(result, text.Length, "characters");
    }

    /// <summary>As <see cref="Of(string, int)"/>, of a message that names several things.</summary>
    public static string OfMessage(string text) => Of(text, MessageLength);

    /// <summary>As <see cref="Of(string, int)"/>, of any length, behind what is there.</summary>
    public static void Append(StringBuilder result, ReadOnlySpan<char> text)
    {
        if (IsPlain(text)) result.Append(text);
        else TryAppend(result, text, int.MaxValue);
    }

    /// <summary>As <see cref="Of(string, int)"/>, for UTF-8; bytes that are none are written as <c>\x{hex}</c>.</summary>
    /// <param name="utf8">What a stranger wrote.</param>
    /// <param name="maxLength">Characters of the result, without what tells that it was cut. More than that is not looked at.</param>
    public static string Of(ReadOnlySpan<byte> utf8, int maxLength = NameLength)
    {
        var result = new StringBuilder(Math.Min(maxLength, utf8.Length));
        for (var rest = utf8; rest.Length > 0;)
        {
            // Of several bytes that belong to no character, one is taken at a time.
            var isText = Rune.DecodeFromUtf8(rest, out var rune, out var length) == OperationStatus.Done;
            if (!TryAppend(result, isText ? rune : null, rest[0], 'x', maxLength)) return Cut(result, utf8.Length, "bytes");
            rest = rest[(isText ? length : 1)..];
        }

        return result.ToString();
    }

    private static bool IsPlain(ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange(' ', '~') < 0;

    private static bool TryAppend(StringBuilder result, ReadOnlySpan<char> text, int maxLength)
    {
        for (var rest = text; rest.Length > 0;)
        {
            var status = Rune.DecodeFromUtf16(rest, out var rune, out var length);
            if (!TryAppend(result, status == OperationStatus.Done ? rune : null, rest[0], 'u', maxLength)) return false;
            rest = rest[length..];
        }

        return true;
    }

    private static bool TryAppend(StringBuilder result, Rune? rune, int undecoded, char escape, int maxLength)
    {
        var before = result.Length;
        if (rune is { } character && IsHarmless(character))
        {
            Span<char> units = stackalloc char[2];
            result.Append(units[..character.EncodeToUtf16(units)]);
        }
        else
        {
            var (kind, code) = rune is { } harmful ? ('u', harmful.Value) : (escape, undecoded);
            Span<char> digits = stackalloc char[8];
            code.TryFormat(digits, out var count, "x", CultureInfo.InvariantCulture);
            result.Append('\\').Append(kind).Append('{').Append(digits[..count]).Append('}');
        }

        if (result.Length <= maxLength) return true;
        result.Length = before;
        return false;
    }

    // Formatting characters are those that change the direction, and those that nobody sees.
    private static bool IsHarmless(Rune character) => character.IsAscii
        ? character.Value is >= ' ' and <= '~'
        : Rune.GetUnicodeCategory(character) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator);

    private static string Cut(StringBuilder result, int length, string unit) =>
        result.Append(Ellipsis).Append(CultureInfo.InvariantCulture, $" ({length} {unit})").ToString();
}
