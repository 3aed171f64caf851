using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using WasiCloud.Embedding.Http.Exchange;

namespace WasiCloud.Embedding.Tests.Http.Exchange.Grammar;

/// <summary>
/// What RFC 9110, RFC 9112 and RFC 3875 say of a response that is complete, with what docs/filesystem.md adds: text is UTF-8, lines may end with LF, the reason
/// phrase and the space before it may be missing, framing is not said twice. Said over the whole text at once, and not from the code. A character is a byte.
/// </summary>
internal static partial class ResponseOracle
{
    // RFC 9110 section 7.6.1.
    private static readonly string[] OfTheConnection = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade"];

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What the client gets: status, fields and body.</summary>
    /// <returns><see langword="null"/> if the response is to be refused.</returns>
    public static string? Judge(string text, ResponseForm form, bool isHead, int maxTrailerBytes)
    {
        while (true)
        {
            if (Head().Match(text) is not { Success: true } match) return null;
            var lines = match.Groups["line"].Captures.Select(static capture => capture.Value).ToList();
            text = text[match.Length..];
            if (form == ResponseForm.Cgi) return JudgeCgi(lines, text, isHead);
            if (lines.Count == 0 || StatusLine().Match(lines[0]) is not { Success: true } line || !IsText(lines[0])) return null;
            var status = int.Parse(line.Groups["status"].Value, CultureInfo.InvariantCulture);
            if (JudgeFields(lines.Skip(1)) is not { } fields) return null;

            // RFC 9110 section 15.2: any number of these before the response; 101 would be another protocol.
            if (form == ResponseForm.Socket && status is >= 100 and < 200 and not 101)
            {
                if (JudgeFraming(fields, form, isVersion10: false) is null) return null;
                continue;
            }

            if (status is < 200 or > 599 || JudgeFraming(fields, form, line.Groups["minor"].Value == "0") is not { } framing) return null;
            return form == ResponseForm.Socket
                ? JudgeConnection(status, fields, framing, text, isHead, maxTrailerBytes)
                : JudgeBody(status, fields, framing.Length, text, isHead);
        }
    }

    // RFC 3875 section 6: fields, one at least, of which Status may be one; a blank line; the body.
    private static string? JudgeCgi(List<string> lines, string body, bool isHead)
    {
        var statuses = lines.Where(static line => line.StartsWith("status:", StringComparison.OrdinalIgnoreCase)).ToList();
        if (lines.Count == 0 || statuses.Count > 1) return null;
        if (JudgeFields(lines.Where(line => !statuses.Contains(line, StringComparer.Ordinal))) is not { } fields) return null;
        if (JudgeFraming(fields, ResponseForm.Cgi, isVersion10: false) is not { } framing) return null;
        var status = fields.Exists(static field => Is(field.Name, "location")) ? 302 : 200;
        if (statuses.Count == 0) return JudgeBody(status, fields, framing.Length, body, isHead);
        var value = statuses[0]["status:".Length..].Trim(' ', '\t');
        if (CgiStatus().Match(value) is not { Success: true } match || !IsText(statuses[0])) return null;
        status = int.Parse(match.Groups["status"].Value, CultureInfo.InvariantCulture);
        return status is < 200 or > 599 ? null : JudgeBody(status, fields, framing.Length, body, isHead);
    }

    // RFC 9110 section 5 and RFC 9112 section 5: name, colon, optional white space, value, optional white space.
    private static List<(string Name, string Value)>? JudgeFields(IEnumerable<string> lines)
    {
        var fields = new List<(string Name, string Value)>();
        foreach (var line in lines)
        {
            if (FieldLine().Match(line) is not { Success: true } field || !IsText(line)) return null;
            fields.Add((field.Groups["name"].Value, Strict.GetString(Encoding.Latin1.GetBytes(field.Groups["value"].Value.Trim(' ', '\t')))));
        }

        return fields;
    }

    // RFC 9112 section 6: one of the two, once; chunked alone; no Transfer-Encoding in HTTP/1.0. Where the host frames, the guest does not.
    private static (long? Length, bool IsChunked)? JudgeFraming(List<(string Name, string Value)> fields, ResponseForm form, bool isVersion10)
    {
        var lengths = fields.FindAll(static field => Is(field.Name, "content-length"));
        var codings = fields.FindAll(static field => Is(field.Name, "transfer-encoding"));
        if (lengths.Count + codings.Count > 1) return null;
        if (codings.Count == 1 && (form != ResponseForm.Socket || isVersion10 || !Is(codings[0].Value, "chunked"))) return null;
        if (lengths.Count == 0) return (null, codings.Count == 1);
        if (!Digits().IsMatch(lengths[0].Value) || !long.TryParse(lengths[0].Value, CultureInfo.InvariantCulture, out var length)) return null;
        return (length, false);
    }

    // Where the end of the file ends the body, it has to have the length that was announced; that of HEAD may be left out (RFC 9110 section 9.3.2).
    private static string? JudgeBody(int status, List<(string Name, string Value)> fields, long? length, string body, bool isHead)
    {
        if (status is 204 or 205 or 304) return body.Length > 0 ? null : Describe(status, fields, length, string.Empty);
        if (length is { } announced && announced != body.Length && !(isHead && body.Length == 0)) return null;
        return Describe(status, fields, length, isHead ? string.Empty : body);
    }

    // RFC 9112 section 6.3: no body at all, chunks, so many bytes, or up to the end of the connection. What is beyond is no part of it.
    private static string? JudgeConnection(
        int status, List<(string Name, string Value)> fields, (long? Length, bool IsChunked) framing, string rest, bool isHead, int maxTrailerBytes)
    {
        if (isHead || status is 204 or 304) return Describe(status, fields, framing.Length, string.Empty);
        var body = rest;
        if (framing.IsChunked && ChunkGrammar.FindEnd(rest, maxTrailerBytes, out body) < 0) return null;
        if (framing.Length is { } length && status != 205)
        {
            if (rest.Length < length) return null;
            body = rest[..(int)length];
        }

        // RFC 9110 section 15.3.6; its length goes out as 0, whatever was announced.
        if (status == 205 && framing.Length == 0) body = string.Empty;
        return status == 205 && body.Length > 0 ? null : Describe(status, fields, framing.Length, body);
    }

    private static string Describe(int status, List<(string Name, string Value)> fields, long? length, string body)
    {
        // RFC 9110 sections 8.6 and 15.3.6.
        var framing = status switch { 204 => null, 205 => 0, _ => length };
        var text = new StringBuilder().Append(status);
        foreach (var (name, value) in fields)
        {
            var isFraming = Is(name, "content-length") || Is(name, "transfer-encoding");
            if (!isFraming && !OfTheConnection.Contains(name, StringComparer.OrdinalIgnoreCase)) text.Append('|').Append(name).Append('=').Append(value);
        }

        if (framing is not null) text.Append("|Content-Length=").Append(framing);
        return text.Append('|').Append(Convert.ToHexString(Encoding.Latin1.GetBytes(body))).ToString();
    }

    private static bool Is(string text, string word) => text.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static bool IsText(string bytes)
    {
        try
        {
            Strict.GetString(Encoding.Latin1.GetBytes(bytes));
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    [GeneratedRegex("""\A(?:(?<line>[^\r\n]+)\r?\n)*\r?\n""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Head();

    [GeneratedRegex("""\AHTTP/1\.(?<minor>[01]) (?<status>[0-9]{3})(?: [\t -~\x80-\xFF]*)?\z""", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex StatusLine();

    [GeneratedRegex("""\A(?<status>[0-9]{3})(?: [\t -~\x80-\xFF]*)?\z""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex CgiStatus();

    [GeneratedRegex("""\A(?<name>[!#$%&'*+\-.^_`|~0-9A-Za-z]+):(?<value>[\t -~\x80-\xFF]*)\z""", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex FieldLine();

    [GeneratedRegex("""\A[0-9]+\z""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Digits();
}
