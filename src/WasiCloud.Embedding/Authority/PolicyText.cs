using System.Text;

namespace WasiCloud.Embedding.Authority;

/// <summary>Prints what a policy consists of, in the one way in which it is printed.</summary>
internal static class PolicyText
{
    public const string TenantWord = "tenant";
    public const string OwnWord = "own";
    public const string ImportWord = "import";
    public const string LimitWord = "limit";
    public const string Any = "*";

    public static string Of(GuestPolicyLine line) =>
        $"{Word(line.Path)} {Of(line.Access)}{(line.IsTenant ? " " + TenantWord : string.Empty)}{(line.IsOwn ? " " + OwnWord : string.Empty)}";

    public static string Of(GuestAccess access)
    {
        if (access == GuestAccess.None) return "-";
        Span<char> letters = stackalloc char[3];
        var count = 0;
        if ((access & GuestAccess.Read) != 0) letters[count++] = 'r';
        if ((access & GuestAccess.Write) != 0) letters[count++] = 'w';
        if ((access & GuestAccess.Create) != 0) letters[count++] = 'c';
        return letters[..count].ToString();
    }

    public static string Of(ImportGrant import) => $"{ImportWord} {NameOf(import)}";

    /// <summary>The names of an import grant, as they stand behind <see cref="ImportWord"/>.</summary>
    public static string NameOf(ImportGrant import)
    {
        if (import.Module is null && import.Name is null) return Any;
        if (import.Module is null) return $"{Any} {Word(import.Name!, mustQuote: import.Name == Any)}";
        var isPlain = IsPlainName(import.Module) && (import.Name is null || IsPlainName(import.Name));
        if (isPlain) return $"{import.Module}.{import.Name ?? Any}";
        return $"{Word(import.Module, mustQuote: true)} {(import.Name is null ? Any : Word(import.Name, mustQuote: true))}";
    }

    public static string Of(LimitKind kind, long value) => $"{LimitWord} {kind.Name} {LimitText.Of(value, kind.Unit)}";

    /// <summary>Prints a word, in quotes if it would be read as something else without them.</summary>
    private static string Word(string text, bool mustQuote = false)
    {
        if (!mustQuote && text.Length > 0 && !text.AsSpan().ContainsAny(" #\"") && text.AsSpan().IndexOfAnyInRange('\0', '\u001f') < 0
            && !text.Any(char.IsWhiteSpace)) return text;
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var character in text)
        {
            if (character is '"' or '\\') quoted.Append('\\');
            quoted.Append(character);
        }

        return quoted.Append('"').ToString();
    }

    private static bool IsPlainName(string name) => name.Length > 0 && !name.AsSpan().ContainsAny(". #\"*") && !name.Any(char.IsWhiteSpace);
}
