using WasiCloud.Embedding.Text;

namespace WasiCloud.Tool;

/// <summary>Makes text from a module, a file name or a request harmless to a terminal and to one-line formats.</summary>
internal static class PlainText
{
    // A message names several things, each of which was cut before.
    private const int MaxLength = 10_000;

    /// <summary>Writes control characters, line and paragraph separators and formatting characters as <c>\u{hex}</c>, and cuts what is longer than any message.</summary>
    public static string Of(string text) => SafeText.Of(text, MaxLength);

    /// <summary>The same for one name out of a module.</summary>
    public static string OfName(string name) => SafeText.Of(name);
}
