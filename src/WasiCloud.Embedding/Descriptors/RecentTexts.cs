using System.Text;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>
/// The paths and names that a guest used last: a program that names the same files again and again makes no garbage. Used by one thread at a time.
/// </summary>
internal sealed class RecentTexts
{
    // As many as a database with its journal and its locks uses, and half again; all are compared, which costs less than a hash while most differ in length.
    private const int Capacity = 12;
    private const int MaxLength = 256;

    private string?[]? _texts;
    private int _oldest;

    /// <summary>Forgets all.</summary>
    public void Reset() => (_texts, _oldest) = (null, 0);

    /// <summary>Gets the text of valid UTF-8.</summary>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxLength) return Encoding.UTF8.GetString(utf8);
        Span<char> text = stackalloc char[MaxLength];
        return Get(text[..Encoding.UTF8.GetChars(utf8, text)]);
    }

    public string Get(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxLength) return text.ToString();
        foreach (var known in _texts ??= new string?[Capacity])
        {
            if (known is not null && text.SequenceEqual(known)) return known;
        }

        var added = text.ToString();
        _texts[_oldest] = added;
        _oldest = (_oldest + 1) % Capacity;
        return added;
    }
}
