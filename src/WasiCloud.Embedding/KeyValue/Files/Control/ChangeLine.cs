using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>One change as a line of JSON.</summary>
internal static class ChangeLine
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a line.</summary>
    /// <param name="change">The change.</param>
    /// <param name="hiddenLength">How much of the start of the key is not the guest's to see.</param>
    public static ReadOnlyMemory<byte> Write(KeyValueChange change, int hiddenLength)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("key", change.Key.AsSpan(hiddenLength));
            writer.WriteString("type", change.Kind == KeyValueChangeKind.Put ? "put" : "delete");
            writer.WriteNumber("version", change.Revision);
            writer.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }
}
