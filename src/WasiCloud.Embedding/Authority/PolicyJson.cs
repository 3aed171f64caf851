using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Authority;

/// <summary>Reads and prints policies as JSON.</summary>
internal static class PolicyJson
{
    // A policy is an object of lists: what is deeper is none.
    private static readonly JsonDocumentOptions s_reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 8 };

    // It is for files, not for pages: a path reads as it is.
    private static readonly JsonWriterOptions s_writing = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a text.</summary>
    /// <exception cref="GuestPolicyFormatException">It is no JSON, or no policy.</exception>
    public static GuestPolicy Read(string json, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(json.AsMemory(json.StartsWith('\uFEFF') ? 1 : 0), s_reading);
            return Read(document.RootElement, "$");
        }
        catch (JsonException exception)
        {
            throw NoJson(exception, source);
        }
        catch (ArgumentException exception)
        {
            // Half a character has no UTF-8.
            throw new GuestPolicyFormatException(source, $"This is no JSON: {SafeText.OfMessage(exception.Message)}");
        }
    }

    /// <summary>Reads a stream in UTF-8, to its end.</summary>
    /// <exception cref="GuestPolicyFormatException">It is no JSON, or no policy.</exception>
    public static GuestPolicy Read(Stream json, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(json, s_reading);
            return Read(document.RootElement, "$");
        }
        catch (JsonException exception)
        {
            throw NoJson(exception, source);
        }
    }

    /// <summary>Reads a value.</summary>
    /// <exception cref="GuestPolicyFormatException">It is no policy.</exception>
    public static GuestPolicy Read(JsonElement policy, string place)
    {
        if (policy.ValueKind != JsonValueKind.Object) throw PolicyEntries.WrongKind(place, "an object with 'lines', 'imports' and 'limits'");
        var entries = new PolicyEntries();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in policy.EnumerateObject()) entries.Problems.Try(() => ReadMember(property, entries, seen, place));
        return entries.Build();
    }

    /// <summary>Prints a policy.</summary>
    public static string Print(GuestPolicy policy)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, s_writing))
        {
            writer.WriteStartObject();
            writer.WriteStartArray(PolicyEntries.Lines);
            foreach (var line in policy.Lines) writer.WriteStringValue(PolicyText.Of(line));
            writer.WriteEndArray();
            writer.WriteStartArray(PolicyEntries.Imports);
            foreach (var import in policy.Imports) writer.WriteStringValue(PolicyText.NameOf(import));
            writer.WriteEndArray();
            writer.WriteStartObject(PolicyEntries.Limits);
            foreach (var kind in LimitKind.All)
            {
                if (kind.Get(policy.Limits) is { } value) writer.WriteString(kind.Name, LimitText.Of(value, kind.Unit));
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) + "\n";
    }

    private static void ReadMember(JsonProperty property, PolicyEntries entries, HashSet<string> seen, string place)
    {
        var name = NameOf(property, place);
        var where = $"{place}.{SafeText.Of(name)}";
        var member = PolicyEntries.MemberOf(name, where);
        if (!seen.Add(member)) throw new GuestPolicyFormatException(where, "This member stands there twice.");
        if (member == PolicyEntries.Limits) ReadLimits(property.Value, entries, where);
        else ReadTexts(property.Value, entries, member, where);
    }

    private static void ReadTexts(JsonElement list, PolicyEntries entries, string member, string place)
    {
        if (list.ValueKind != JsonValueKind.Array) throw PolicyEntries.WrongKind(place, PolicyEntries.KindOf(member));
        var index = 0;
        foreach (var item in list.EnumerateArray())
        {
            var where = FormattableString.Invariant($"{place}[{index++}]");
            entries.Problems.Try(() =>
            {
                if (item.ValueKind != JsonValueKind.String) throw PolicyEntries.WrongKind(where, "a text");
                entries.Add(member, TextOf(item, where), where);
            });
        }
    }

    private static void ReadLimits(JsonElement limits, PolicyEntries entries, string place)
    {
        if (limits.ValueKind != JsonValueKind.Object) throw PolicyEntries.WrongKind(place, PolicyEntries.KindOf(PolicyEntries.Limits));
        foreach (var property in limits.EnumerateObject()) entries.Problems.Try(() => ReadLimit(property, entries, place));
    }

    private static void ReadLimit(JsonProperty property, PolicyEntries entries, string place)
    {
        var name = NameOf(property, place);
        var where = $"{place}.{SafeText.Of(name)}";
        var value = property.Value.ValueKind switch
        {
            JsonValueKind.String => TextOf(property.Value, where),
            JsonValueKind.Number => property.Value.GetRawText(),
            _ => throw PolicyEntries.WrongKind(where, "a text such as \"64MiB\", or a number"),
        };
        entries.Limit(name, value, where);
    }

    // An escape of half a character is JSON, and no text.
    private static string NameOf(JsonProperty property, string place)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw new GuestPolicyFormatException(place, "The name of a member has half a character.");
        }
    }

    private static string TextOf(JsonElement text, string place)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new GuestPolicyFormatException(place, "This text has half a character.");
        }
    }

    private static GuestPolicyFormatException NoJson(JsonException exception, string source) =>
        new(source, (int)((exception.LineNumber ?? 0) + 1), (int)((exception.BytePositionInLine ?? 0) + 1),
            $"This is no JSON of a policy: {SafeText.OfMessage(exception.Message)}");
}
