using System.Buffers;
using System.Globalization;
using System.Text;

namespace WasiCloud.Embedding.Text;

/// <summary>A guest's output as it is written to a log or shown in an exception, and the names that stand beside it.</summary>
internal static class LogText
{
    // PropList.txt of Unicode, Bidi_Control: marks, embeddings and overrides, isolates.
    private static readonly SearchValues<char> s_bidirectional =
        SearchValues.Create("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069");

    private static readonly SearchValues<char> s_kept = SearchValues.Create("\t\n");

    /// <summary>
    /// Escapes control and bidirectional characters as <see cref="SafeText"/> does, but for tabs and the ends of lines. Lines end with LF in the result.
    /// </summary>
    public static string OfLines(string text)
    {
        if (text.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0) return text;
        var result = new StringBuilder(text.Length);
        for (var rest = text.AsSpan(); rest.Length > 0;)
        {
            var at = rest.IndexOfAny(s_kept);
            var part = at < 0 ? rest : rest[..at];
            if (at >= 0 && rest[at] == '\n' && part is [.., '\r']) part = part[..^1];
            SafeText.Append(result, part);
            if (at < 0) break;
            result.Append(rest[at]);
            rest = rest[(at + 1)..];
        }

        return result.ToString();
    }

    /// <summary>Whether a name can stand in a line without ending it, or changing its direction. Joiners, which some languages write with, can.</summary>
    public static bool IsOneLine(string name)
    {
        foreach (var character in name)
        {
            if (s_bidirectional.Contains(character)
                || char.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator) return false;
        }

        return true;
    }
}
