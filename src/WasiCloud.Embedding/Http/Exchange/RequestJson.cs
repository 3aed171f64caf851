using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>The object of <c>/request/json</c>.</summary>
internal static class RequestJson
{
    // The document goes to a program and not into HTML: text stays readable, and small, without escapes of other than JSON's own.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // A buffer that had to grow beyond this is not kept.
    private const int KeptBytes = 16 << 10;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_output;

    [ThreadStatic]
    private static Utf8JsonWriter? t_json;

    public static ReadOnlyMemory<byte> Write(InvocationRequest request, ReadOnlySpan<byte> body)
    {
        var output = t_output ?? new ArrayBufferWriter<byte>(KeptBytes);
        var json = t_json ?? new Utf8JsonWriter(output, Options);

        // Not there for whoever comes here again before this is done, nor after it failed.
        (t_output, t_json) = (null, null);
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
        var document = output.WrittenSpan.ToArray();
        if (output.Capacity > KeptBytes) return document;
        output.ResetWrittenCount();
        json.Reset(output);
        (t_output, t_json) = (output, json);
        return document;
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
