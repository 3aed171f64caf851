using System.Text.Json;
using System.Text.Unicode;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>Parses <c>/response/json</c>. Everything that is not expected is refused: a misspelt property must not vanish.</summary>
internal static class ResponseJson
{
    [Flags]
    private enum Property
    {
        None = 0,
        Status = 1,
        Headers = 2,
        Body = 4,
        BodyBase64 = 8,
        AnyBody = Body | BodyBase64,
    }

    // Of a guest's text in a message.
    private const int MaxShownLength = 64;

    private const string NotJson = "this is not JSON: ";

    /// <summary>Parses the document.</summary>
    /// <param name="document">All of it.</param>
    /// <param name="head">Status and fields.</param>
    /// <param name="body">The body; a slice of <paramref name="document"/> if it needed no decoding.</param>
    /// <returns>What is wrong.</returns>
    public static ResponseProblem? Parse(ReadOnlyMemory<byte> document, ResponseHeadBuilder head, out ReadOnlyMemory<byte> body)
    {
        body = default;
        var reader = new Utf8JsonReader(document.Span);
        try
        {
            return ParseObject(ref reader, document, head, ref body) ?? ParseEnd(ref reader);
        }
        catch (JsonException exception)
        {
            return new(Offset(document.Span, exception), NotJson + exception.Message);
        }
        catch (InvalidOperationException)
        {
            // A string whose bytes or escapes are not Unicode; the reader says so only when it is decoded.
            return new(reader.TokenStartIndex, "the string is not Unicode text");
        }
    }

    private static ResponseProblem? ParseObject(
        ref Utf8JsonReader reader, ReadOnlyMemory<byte> document, ResponseHeadBuilder head, ref ReadOnlyMemory<byte> body)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return new(reader.TokenStartIndex, "an object is expected");
        var seen = Property.None;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var start = reader.TokenStartIndex;
            var property = PropertyOf(ref reader);
            if (property == Property.None) return new(start, $"the property \"{SafeText.Of(reader.GetString()!, MaxShownLength)}\" is unknown");
            if ((seen & property) != 0) return new(start, $"the property \"{SafeText.Of(reader.GetString()!, MaxShownLength)}\" was given twice");
            seen |= property;
            if ((seen & Property.AnyBody) == Property.AnyBody) return new(start, "there is both a \"body\" and a \"bodyBase64\"");
            reader.Read();
            var problem = property switch
            {
                Property.Status => ParseStatus(ref reader, head),
                Property.Headers => ParseHeaders(ref reader, head),
                Property.Body => ParseBody(ref reader, document, out body),
                _ => ParseBase64(ref reader, out body),
            };
            if (problem is not null) return problem;
        }

        return null;
    }

    private static Property PropertyOf(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("status"u8)) return Property.Status;
        if (reader.ValueTextEquals("headers"u8)) return Property.Headers;
        if (reader.ValueTextEquals("body"u8)) return Property.Body;
        return reader.ValueTextEquals("bodyBase64"u8) ? Property.BodyBase64 : Property.None;
    }

    private static ResponseProblem? ParseStatus(ref Utf8JsonReader reader, ResponseHeadBuilder head)
    {
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var status)) return new(reader.TokenStartIndex, "\"status\" is not an integer");
        return head.SetStatus(status) is { } problem ? new(reader.TokenStartIndex, problem) : null;
    }

    private static ResponseProblem? ParseHeaders(ref Utf8JsonReader reader, ResponseHeadBuilder head)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return new(reader.TokenStartIndex, "\"headers\" is not an object");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            reader.Read();
            var isArray = reader.TokenType == JsonTokenType.StartArray;
            while (!isArray || (reader.Read() && reader.TokenType != JsonTokenType.EndArray))
            {
                if (ParseField(ref reader, name, head) is { } problem) return problem;
                if (!isArray) break;
            }
        }

        return null;
    }

    private static ResponseProblem? ParseField(ref Utf8JsonReader reader, string name, ResponseHeadBuilder head)
    {
        var shown = SafeText.Of(name, MaxShownLength);
        if (reader.TokenType != JsonTokenType.String)
            return new(reader.TokenStartIndex, $"the value of header \"{shown}\" is neither a string nor an array of strings");
        var value = reader.GetString()!;
        if (FieldText.IndexOfForbidden(System.Text.Encoding.UTF8.GetBytes(value)) >= 0)
            return new(reader.TokenStartIndex, $"the value of header \"{shown}\" contains a control character");
        return head.Add(name, value.Trim(' ', '\t')) is { } problem ? new(reader.TokenStartIndex, problem) : null;
    }

    private static ResponseProblem? ParseBody(ref Utf8JsonReader reader, ReadOnlyMemory<byte> document, out ReadOnlyMemory<byte> body)
    {
        body = default;
        if (reader.TokenType != JsonTokenType.String) return new(reader.TokenStartIndex, "\"body\" is not a string");
        if (!reader.ValueIsEscaped && Utf8.IsValid(reader.ValueSpan))
        {
            body = document.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
            return null;
        }

        // Unescaping never lengthens.
        var decoded = new byte[reader.ValueSpan.Length];
        body = decoded.AsMemory(0, reader.CopyString(decoded));
        return null;
    }

    private static ResponseProblem? ParseBase64(ref Utf8JsonReader reader, out ReadOnlyMemory<byte> body)
    {
        body = default;
        if (reader.TokenType != JsonTokenType.String || !reader.TryGetBytesFromBase64(out var decoded))
            return new(reader.TokenStartIndex, "\"bodyBase64\" is not base64");
        body = decoded;
        return null;
    }

    private static ResponseProblem? ParseEnd(ref Utf8JsonReader reader)
    {
        // Throws if something follows.
        reader.Read();
        return null;
    }

    // The reader counts lines; a file has bytes.
    private static long Offset(ReadOnlySpan<byte> document, JsonException exception)
    {
        var start = 0;
        for (var line = exception.LineNumber ?? 0; line > 0; line--)
        {
            var lineFeed = document[start..].IndexOf((byte)'\n');
            if (lineFeed < 0) break;
            start += lineFeed + 1;
        }

        return Math.Min(start + (exception.BytePositionInLine ?? 0), document.Length);
    }
}
