using System.Buffers;
using System.Collections;
using System.Runtime.InteropServices;

namespace WasiCloud.Embedding;

/// <summary>The header fields of a request or response (RFC 9110 section 5), in order. Not thread-safe.</summary>
public sealed class MessageHeaders : IEnumerable<KeyValuePair<string, string>>
{
    // RFC 9110 section 5.6.2, token.
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // RFC 9110 section 5.5: CR, LF and NUL are dangerous and always refused.
    private static readonly SearchValues<char> ForbiddenInValues = SearchValues.Create("\r\n\0");

    // Most requests from code, and many responses, have none.
    private List<KeyValuePair<string, string>>? _fields;

    /// <summary>How many field lines there are.</summary>
    public int Count => _fields?.Count ?? 0;

    private ReadOnlySpan<KeyValuePair<string, string>> Fields => CollectionsMarshal.AsSpan(_fields);

    /// <summary>Whether a text can be a field name.</summary>
    /// <param name="name">The text.</param>
    /// <returns>Whether it is a token.</returns>
    public static bool IsValidName(ReadOnlySpan<char> name) => !name.IsEmpty && !name.ContainsAnyExcept(TokenCharacters);

    /// <summary>Whether a text can be a field value.</summary>
    /// <param name="value">The text.</param>
    /// <returns>Whether it has no CR, LF or NUL.</returns>
    public static bool IsValidValue(ReadOnlySpan<char> value) => !value.ContainsAny(ForbiddenInValues);

    /// <summary>Adds a field line; several of one name are kept.</summary>
    /// <param name="name">A token; compared without case.</param>
    /// <param name="value">The value, without CR, LF and NUL.</param>
    /// <exception cref="ArgumentException">The name or value is not valid, so that no header can be injected.</exception>
    public void Add(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        if (!IsValidName(name)) throw new ArgumentException($"'{Text.SafeText.Of(name)}' is not a header field name (RFC 9110 section 5.1).", nameof(name));
        if (!IsValidValue(value))
            throw new ArgumentException($"The value of header field '{Text.SafeText.Of(name)}' contains CR, LF or NUL (RFC 9110 section 5.5).", nameof(value));
        (_fields ??= []).Add(new(name, value));
    }

    /// <summary>The values of a name, in order.</summary>
    /// <param name="name">The name; compared without case.</param>
    /// <returns>The values, possibly none.</returns>
    public IEnumerable<string> GetValues(string name)
    {
        if (_fields is null) yield break;
        foreach (var field in _fields)
        {
            if (string.Equals(field.Key, name, StringComparison.OrdinalIgnoreCase)) yield return field.Value;
        }
    }

    /// <summary>The first value of a name.</summary>
    /// <param name="name">The name; compared without case.</param>
    /// <returns>The value, or <see langword="null"/>.</returns>
    public string? GetValue(string name)
    {
        foreach (var field in Fields)
        {
            if (string.Equals(field.Key, name, StringComparison.OrdinalIgnoreCase)) return field.Value;
        }

        return null;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() =>
        _fields is null ? Enumerable.Empty<KeyValuePair<string, string>>().GetEnumerator() : _fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
