using System.Buffers;
using System.Net.Http.Headers;
using System.Text;

namespace WasiCloud.Embedding;

/// <summary>A response's body as a whole.</summary>
internal static class ResponseContent
{
    // Those that a byte order mark names. That of UTF-32 begins with that of UTF-16.
    private static readonly Encoding[] Marked = [Encoding.UTF8, Encoding.UTF32, Encoding.Unicode, Encoding.BigEndianUnicode];

    /// <summary>Reads the body, which nobody may do twice.</summary>
    /// <exception cref="GuestLimitException">It has more bytes than it may.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(InvocationResponse response, int maxBytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        response.BeginReading();
        var held = new ArrayBufferWriter<byte>();
        while (true)
        {
            var result = await response.Body.ReadAsync(cancellationToken).ConfigureAwait(false);
            var fits = result.Buffer.Length <= maxBytes - held.WrittenCount;
            foreach (var piece in fits ? result.Buffer : default) held.Write(piece.Span);
            response.Body.AdvanceTo(result.Buffer.End);
            if (!fits) throw new GuestLimitException(GuestLimit.Output, maxBytes);
            if (result.IsCompleted) return held.WrittenMemory;
        }
    }

    /// <summary>The charset that a response says its text is in.</summary>
    /// <returns>It, or <see langword="null"/> if it says none.</returns>
    /// <exception cref="GuestResponseException">It is not known here.</exception>
    public static Encoding? CharsetOf(InvocationResponse response)
    {
        if (!MediaTypeHeaderValue.TryParse(response.Headers.GetValue("Content-Type"), out var type) || type.CharSet is not { Length: > 0 } charset) return null;
        try
        {
            return Encoding.GetEncoding(charset.Trim('"'));
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new GuestResponseException("/response/headers/content-type", offset: 0, $"the charset {charset} is not known");
        }
    }

    /// <summary>The text of a body, without a byte order mark.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes, Encoding? charset)
    {
        var encoding = EncodingOf(bytes, charset);
        return encoding.GetString(WithoutMark(bytes, encoding));
    }

    /// <summary>The text of a body in UTF-8, without a byte order mark.</summary>
    public static ReadOnlyMemory<byte> ToUtf8(ReadOnlyMemory<byte> bytes, Encoding? charset)
    {
        var encoding = EncodingOf(bytes.Span, charset);
        return encoding.CodePage == Encoding.UTF8.CodePage
            ? bytes[(bytes.Length - WithoutMark(bytes.Span, Encoding.UTF8).Length)..]
            : Encoding.UTF8.GetBytes(Decode(bytes.Span, encoding));
    }

    private static Encoding EncodingOf(ReadOnlySpan<byte> bytes, Encoding? charset)
    {
        if (charset is not null) return charset;
        foreach (var encoding in Marked)
        {
            if (bytes.StartsWith(encoding.Preamble)) return encoding;
        }

        return Encoding.UTF8;
    }

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes, Encoding encoding) =>
        bytes.StartsWith(encoding.Preamble) ? bytes[encoding.Preamble.Length..] : bytes;
}
