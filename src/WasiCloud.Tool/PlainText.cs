using System.Globalization;
using System.Text;

namespace WasiCloud.Tool;

/// <summary>Makes text from a module, a file name or a request harmless to a terminal and to one-line formats.</summary>
internal static class PlainText
{
    /// <summary>Writes control characters, line and paragraph separators and formatting characters as <c>\u{hex}</c>.</summary>
    public static string Of(string text)
    {
        if (!text.Any(IsUnsafe)) return text;
        var result = new StringBuilder();
        foreach (var character in text)
        {
            if (IsUnsafe(character)) result.Append(CultureInfo.InvariantCulture, $"\\u{{{(int)character:x}}}");
            else result.Append(character);
        }

        return result.ToString();
    }

    private static bool IsUnsafe(char character) => char.GetUnicodeCategory(character)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
}
