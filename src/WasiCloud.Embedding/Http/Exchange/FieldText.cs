using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>The text of header fields as the guest writes it (RFC 9110 section 5.5), which is UTF-8 here.</summary>
internal static class FieldText
{
    private const byte Delete = 0x7F;

    /// <summary>All controls but tab, of which CR, LF and NUL are the dangerous ones: what is neither <c>field-vchar</c> nor white space.</summary>
    public static readonly SearchValues<byte> Controls =
        SearchValues.Create([.. Enumerable.Range(0, ' ').Where(code => code != '\t').Select(code => (byte)code), Delete]);

    /// <summary>What a token is made of (RFC 9110 section 5.6.2).</summary>
    public static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Where a field value goes wrong.</summary>
    /// <returns>The index of the first byte that cannot be in a value, or -1.</returns>
    public static int IndexOfForbidden(ReadOnlySpan<byte> value)
    {
        var control = value.IndexOfAny(Controls);
        var before = control < 0 ? value : value[..control];
        return Utf8.IsValid(before) ? control : IndexOfInvalid(before);
    }

    /// <summary>Removes optional white space from both ends and decodes.</summary>
    public static string Decode(ReadOnlySpan<byte> value) => Encoding.UTF8.GetString(value.Trim(" \t"u8));

    private static int IndexOfInvalid(ReadOnlySpan<byte> value)
    {
        var index = 0;
        while (Rune.DecodeFromUtf8(value[index..], out _, out var consumed) == OperationStatus.Done) index += consumed;
        return index;
    }
}
