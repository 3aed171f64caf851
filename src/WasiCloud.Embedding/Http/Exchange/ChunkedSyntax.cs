namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>
/// The grammar of what comes with chunks and is dropped (RFC 9112 sections 7.1.1 and 7.1.2): who accepts more than others sees other messages than they do.
/// </summary>
internal static class ChunkedSyntax
{
    /// <summary>
    /// <c>chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )</c>: where something else begins.
    /// </summary>
    /// <returns>The index, or -1.</returns>
    public static int IndexOfInvalidExtension(ReadOnlySpan<byte> line)
    {
        var index = 0;
        while (index < line.Length)
        {
            index = SkipBlanks(line, index);
            if (!Is(line, index, ';')) return index;
            index = SkipBlanks(line, index + 1);
            if (!TrySkipToken(line, ref index)) return index;
            var equals = SkipBlanks(line, index);
            if (!Is(line, equals, '=')) continue;
            index = SkipBlanks(line, equals + 1);
            if (!(Is(line, index, '"') ? TrySkipQuoted(line, ref index) : TrySkipToken(line, ref index))) return index;
        }

        return -1;
    }

    /// <summary><c>field-line = field-name ":" OWS field-value OWS</c> (RFC 9112 section 5).</summary>
    /// <returns>What is wrong, with the index in the line.</returns>
    public static ResponseProblem? CheckTrailer(ReadOnlySpan<byte> line)
    {
        var name = 0;
        if (!TrySkipToken(line, ref name) || !Is(line, name, ':')) return new(name, "a trailer field has no name that is a token followed by a colon");

        // Bytes from 0x80 on are obs-text, of any encoding.
        var control = line[name..].IndexOfAny(FieldText.Controls);
        return control < 0 ? null : new(name + control, "a trailer field's value contains a control character");
    }

    private static bool Is(ReadOnlySpan<byte> line, int index, char character) => index < line.Length && line[index] == character;

    private static int SkipBlanks(ReadOnlySpan<byte> line, int index)
    {
        var count = line[index..].IndexOfAnyExcept(" \t"u8);
        return count < 0 ? line.Length : index + count;
    }

    private static bool TrySkipToken(ReadOnlySpan<byte> line, ref int index)
    {
        var count = line[index..].IndexOfAnyExcept(FieldText.TokenBytes);
        if (count < 0) count = line.Length - index;
        index += count;
        return count > 0;
    }

    // RFC 9110 section 5.6.4.
    private static bool TrySkipQuoted(ReadOnlySpan<byte> line, ref int index)
    {
        for (index++; index < line.Length; index++)
        {
            if (line[index] == '"')
            {
                index++;
                return true;
            }

            if (line[index] == '\\') index++;
            if (index == line.Length || FieldText.Controls.Contains(line[index])) return false;
        }

        return false;
    }
}
