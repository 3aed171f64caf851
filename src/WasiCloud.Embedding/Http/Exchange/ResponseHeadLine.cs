using System.Text;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>Parses one line of a response's head (RFC 9112 sections 4 and 5), without its line ending.</summary>
internal static class ResponseHeadLine
{
    private const int VersionLength = 8;
    private const int StatusLength = 3;

    /// <summary>Parses the status line. The reason phrase may be missing and is not kept: HTTP/2 and 3 have none.</summary>
    /// <returns>What is wrong, with the index in the line.</returns>
    public static ResponseProblem? ParseStatus(ReadOnlySpan<byte> line, ResponseHeadBuilder head)
    {
        var same = line.CommonPrefixLength("HTTP/1."u8);
        if (same < VersionLength - 1) return new(same, "the status line does not begin with HTTP/1.1");
        if (line.Length < VersionLength || line[VersionLength - 1] is not ((byte)'0' or (byte)'1'))
            return new(VersionLength - 1, "the HTTP version is not 1.0 or 1.1");
        head.IsVersion10 = line[VersionLength - 1] == '0';
        var index = VersionLength;
        if (line.Length <= index || line[index] != ' ') return new(index, "a single space must follow the HTTP version");
        index++;
        return ParseStatusCode(line, index, head);
    }

    /// <summary>Parses a field line of a CGI response, of which <c>Status</c> is not a field of HTTP (RFC 3875 section 6.3.3).</summary>
    /// <returns>What is wrong, with the index in the line.</returns>
    public static ResponseProblem? ParseCgiField(ReadOnlySpan<byte> line, ResponseHeadBuilder head)
    {
        var colon = line.IndexOf((byte)':');
        if (colon < 0 || !Ascii.EqualsIgnoreCase(line[..colon], "status"u8)) return ParseField(line, head);
        if (head.HasStatus) return new(0, "Status was given twice");
        var space = line[(colon + 1)..].IndexOfAnyExcept(" \t"u8);
        return ParseStatusCode(line.TrimEnd(" \t"u8), space < 0 ? line.Length : colon + 1 + space, head);
    }

    /// <summary>Parses a field line.</summary>
    /// <returns>What is wrong, with the index in the line.</returns>
    public static ResponseProblem? ParseField(ReadOnlySpan<byte> line, ResponseHeadBuilder head)
    {
        // RFC 9112 section 5.2: a continued line. Recipients disagree on what it means, so it is never sent.
        if (line[0] is (byte)' ' or (byte)'\t') return new(0, "the line begins with white space (obsolete line folding)");
        var nameLength = line.IndexOfAnyExcept(FieldText.TokenBytes);
        if (nameLength < 0) return new(line.Length, "the field has no colon");
        if (line[nameLength] != ':' || nameLength == 0) return new(nameLength, "the field name is not a token followed by a colon");
        var value = line[(nameLength + 1)..];
        var forbidden = FieldText.IndexOfForbidden(value);
        if (forbidden >= 0) return new(nameLength + 1 + forbidden, "the field value contains a control character or is not UTF-8");
        return head.Add(Encoding.ASCII.GetString(line[..nameLength]), FieldText.Decode(value)) is { } problem ? new(0, problem) : null;
    }

    // Three digits, and perhaps a reason phrase.
    private static ResponseProblem? ParseStatusCode(ReadOnlySpan<byte> line, int index, ResponseHeadBuilder head)
    {
        if (index >= line.Length) return new(line.Length, "the status is not three digits");
        var digits = line[index..];
        var end = digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (end < 0) end = digits.Length;
        if (end != StatusLength) return new(index + Math.Min(end, StatusLength), "the status is not three digits");
        var status = ((digits[0] - '0') * 100) + ((digits[1] - '0') * 10) + (digits[2] - '0');
        if (head.SetStatus(status) is { } problem) return new(index, problem);
        index += StatusLength;
        if (line.Length == index) return null;
        if (line[index] != ' ') return new(index, "a space must follow the status");
        var forbidden = FieldText.IndexOfForbidden(line[index..]);
        return forbidden < 0 ? null : new(index + forbidden, "the reason phrase contains a control character or is not UTF-8");
    }
}
