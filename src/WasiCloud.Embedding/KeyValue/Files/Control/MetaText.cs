using System.Buffers;
using System.Text.Json;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>The JSON of <c>.meta</c>.</summary>
internal static class MetaText
{
    /// <summary>Writes what is known of an entry. Times are RFC 3339 in UTC.</summary>
    public static byte[] Write(KeyValueEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>(160);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version", entry.Revision);
            writer.WriteNumber("size", entry.Size);
            writer.WriteString("modified", entry.Modified.UtcDateTime);
            if (entry.Expires is { } expires) writer.WriteString("expires", expires.UtcDateTime);
            else writer.WriteNull("expires");
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads <c>{"ttl":seconds}</c> or <c>{"ttl":null}</c>, and nothing else.</summary>
    /// <returns>Whether it is that, the seconds being a number over 0 that a time span can hold.</returns>
    public static bool TryReadTimeToLive(ReadOnlySpan<byte> json, out TimeSpan? timeToLive)
    {
        timeToLive = null;
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("ttl"u8)) return false;
            if (!reader.Read() || !TryReadSeconds(ref reader, out timeToLive)) return false;
            return reader.Read() && reader.TokenType == JsonTokenType.EndObject && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool TryReadSeconds(ref Utf8JsonReader reader, out TimeSpan? timeToLive)
    {
        timeToLive = null;
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetDouble(out var seconds)) return false;
        if (!(seconds > 0) || seconds >= TimeSpan.MaxValue.TotalSeconds) return false;
        timeToLive = TimeSpan.FromSeconds(seconds);
        return true;
    }
}
