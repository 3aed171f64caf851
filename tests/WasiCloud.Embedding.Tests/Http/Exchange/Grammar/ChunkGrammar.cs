using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace WasiCloud.Embedding.Tests.Http.Exchange.Grammar;

/// <summary>The grammar of a chunked body (RFC 9112 section 7.1), said in another way than the parser's.</summary>
internal static partial class ChunkGrammar
{
    private const int MaxSizeLineBytes = 256;

    /// <summary>Where a chunked body ends by the grammar and the limits, or -1 if it has not ended or is none.</summary>
    public static int FindEnd(string coding, int maxTrailerBytes, out string content)
    {
        content = string.Empty;
        var position = 0;
        while (SizeLine().Match(coding, position) is { Success: true, Length: <= MaxSizeLineBytes } line)
        {
            position += line.Length;
            var size = line.Groups["size"].Value.TrimStart('0');
            if (size.Length > 15) return -1;
            if (size.Length == 0) return FindTrailerEnd(coding, position, maxTrailerBytes);
            var length = Convert.ToInt64(size, 16);
            if (length + 2 > coding.Length - position || coding.Substring(position + (int)length, 2) != "\r\n") return -1;
            content += coding.Substring(position, (int)length);
            position += (int)length + 2;
        }

        return -1;
    }

    /// <summary>Makes up a chunked body.</summary>
    public static string Generate(Random random)
    {
        var coding = new StringBuilder();
        for (var chunk = random.Next(3); chunk > 0; chunk--)
        {
            var length = random.Next(1, 17);
            coding.Append(new string('0', random.Next(3))).Append(length.ToString(random.Next(2) == 0 ? "x" : "X", CultureInfo.InvariantCulture));
            coding.Append(Extensions(random)).Append("\r\n").Append("0\r\n;x0\r\n\r\nA: b\r\n"[..length]).Append("\r\n");
        }

        coding.Append('0', random.Next(1, 3)).Append(Extensions(random)).Append("\r\n");
        for (var field = random.Next(3); field > 0; field--) coding.Append(Mutations.Pick(random, "A:", "Expires: never", "x-y:\tz \u00ff")).Append("\r\n");
        return coding.Append("\r\n").ToString();
    }

    private static int FindTrailerEnd(string coding, int position, int maxTrailerBytes)
    {
        var start = position;
        while (TrailerLine().Match(coding, position) is { Success: true } line) position += line.Length;
        return string.CompareOrdinal(coding, position, "\r\n", 0, 2) == 0 && position + 2 - start <= maxTrailerBytes ? position + 2 : -1;
    }

    private static string Extensions(Random random)
    {
        var text = new StringBuilder();
        for (var extension = random.Next(3); extension > 0; extension--)
        {
            text.Append(Blank()).Append(';').Append(Blank()).Append(Mutations.Pick(random, "a", "name", "!#$%&'*+-.^_`|~9"));
            if (random.Next(2) == 0)
                text.Append(Blank()).Append('=').Append(Blank()).Append(Mutations.Pick(random, "b", "\"\"", "\"a;=\\\" \t\"", "\"\\\\\u0080\"", "token"));
        }

        return text.ToString();

        string Blank() => Mutations.Pick(random, string.Empty, string.Empty, " ", "\t ");
    }

    [GeneratedRegex(
        """\G(?<size>[0-9A-Fa-f]+)(?:[ \t]*;[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[ \t]*=[ \t]*""" +
            """(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[\t !\x23-\x5B\x5D-\x7E\x80-\xFF]|\\[\t -~\x80-\xFF])*"))?)*\r\n""",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex SizeLine();

    [GeneratedRegex("""\G[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t -~\x80-\xFF]*\r\n""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex TrailerLine();
}
