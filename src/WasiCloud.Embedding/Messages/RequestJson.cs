using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace WasiCloud.Embedding.Messages;

/// <summary>The object of <c>/request/json</c>.</summary>
internal static class RequestJson
{
    // The document goes to a program and not into HTML: text stays readable, and small, without escapes of other than JSON's own.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Write(InvocationRequest request, ReadOnlySpan<byte> body)
    {
        var output = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(output, Options);
        json.WriteStartObject();
        json.WriteString("method"u8, request.Method);
        json.WriteString("scheme"u8, request.Scheme);
        json.WriteString("authority"u8, request.Authority);
        var question = request.Target.IndexOf('?', StringComparison.Ordinal);
        json.WriteString("path"u8, question < 0 ? request.Target : request.Target.AsSpan(0, question));
        json.WriteString("query"u8, question < 0 ? default : request.Target.AsSpan(question + 1));
        WriteHeaders(json, request);
        if (Utf8.IsValid(body)) json.WriteString("body"u8, body);
        else json.WriteBase64String("bodyBase64"u8, body);
        json.WriteEndObject();
        json.Flush();
        return output.WrittenMemory;
    }

    private static void WriteHeaders(Utf8JsonWriter json, InvocationRequest request)
    {
        json.WriteStartObject("headers"u8);
        foreach (var (name, values) in RequestFields.Group(request))
        {
            json.WriteStartArray(name);
            foreach (var value in values) json.WriteStringValue(value);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
