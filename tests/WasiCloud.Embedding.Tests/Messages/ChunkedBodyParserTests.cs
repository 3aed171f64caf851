using System.Text;
using System.Text.RegularExpressions;
using FluentAssertions;
using WasiCloud.Embedding.Messages;
using Xunit;

namespace WasiCloud.Embedding.Tests.Messages;

public sealed partial class ChunkedBodyParserTests
{
    private const int TrailerLimit = 64;

    /// <summary>The coding, its content, and how many bytes of it are the coding.</summary>
    public static TheoryData<string, string, int> Codings => new()
    {
        { "0\r\n\r\n", "", 5 },
        { "3\r\nabc\r\n0\r\n\r\n", "abc", 13 },
        { "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nHTTP/1.1", "abcde", 20 },
        { "00A\r\n0123456789\r\n000\r\n\r\n", "0123456789", 24 },
        { "a\r\n0123456789\r\n0\r\n\r\n", "0123456789", 20 },
        { "2;name=value;other=\"quoted\"\r\n\r\n\r\n0\r\n\r\n", "\r\n", 38 },
        { "0000000000000000000001\r\nx\r\n0\r\n\r\n", "x", 32 },
        { "1;a=\"\\\"; \\\\\u00e9\"\t;\tb = c\r\nx\r\n0;last\r\nA:\r\nB:\u00ff\t c\r\n\r\n", "x", 48 },
        { "1 ; name\r\nx\r\n0\r\nTrailer: dropped\r\nAnother: too\r\n\r\n", "x", 50 },
    };

    /// <summary>What is malformed, the offset of it, and a word of the message.</summary>
    public static TheoryData<string, int, string> Malformed => new()
    {
        { "\r\n", 0, "hexadecimal" },
        { "x\r\n", 0, "hexadecimal" },
        { "-1\r\n", 0, "hexadecimal" },
        { "+1\r\n", 0, "hexadecimal" },
        { " 1\r\n", 0, "hexadecimal" },
        { "0x1\r\n", 1, "extension" },
        { "1 2\r\n", 2, "extension" },
        { "1 \r\nx\r\n", 2, "extension" },
        { "1;\r\nx\r\n", 2, "extension" },
        { "1;a=\r\nx\r\n", 4, "extension" },
        { "1;a=\"b\r\nx\r\n", 6, "extension" },
        { "1;a=\"b\\\r\nx\r\n", 7, "extension" },
        { "1;a \r\nx\r\n", 4, "extension" },
        { "0\r\nTrailer\r\n\r\n", 10, "trailer field" },
        { "0\r\n: x\r\n\r\n", 3, "trailer field" },
        { "0\r\nA: b\r\n folded\r\n\r\n", 9, "trailer field" },
        { "0\r\nA: \u0001\r\n\r\n", 6, "trailer field" },
        { "1,1\r\n", 1, "extension" },
        { "1;a\0b\r\nx\r\n", 3, "extension" },
        { "1\nx\r\n", 1, "CRLF" },
        { "1\r\nxy\r\n", 4, "longer than its size" },
        { "1\r\nx\n0\r\n\r\n", 4, "CRLF" },
        { "1\r\nx0\r\n\r\n", 4, "longer than its size" },
        { "1000000000000000\r\n", 15, "hexadecimal" },
        { "ffffffffffffffff\r\n", 15, "hexadecimal" },
        { "0\r\n\n", 3, "CRLF" },
        { "1;" + new string('a', 300) + "\r\n", 0, "256" },
        { "0\r\nA: " + new string('a', TrailerLimit) + "\r\n", 3, "trailer" },
    };

    [Theory, MemberData(nameof(Codings))]
    public void Parse_AnySplit_GivesTheContentAndStopsAtItsEnd(string coding, string content, int length)
    {
        for (var piece = 1; piece <= coding.Length; piece++) Parse(coding, piece).Should().Be((content, length, null));
    }

    [Theory, MemberData(nameof(Malformed))]
    public void Parse_Malformed_NamesTheByte(string coding, int offset, string word)
    {
        for (var piece = coding.Length; piece > 0; piece--)
        {
            var (_, _, problem) = Parse(coding, piece);
            problem!.Value.Offset.Should().Be(offset, "pieces of {0} bytes", piece);
            problem.Value.Text.Should().Contain(word);
        }
    }

    [Fact]
    public void Parse_AnyMutationAnySplit_IsTheSameAndWithinTheCoding()
    {
        var random = new Random(20261123);
        var seeds = Codings.Select(row => (string)row[0]).ToArray();
        var (ends, problems) = (0, 0);
        for (var run = 0; run < 20_000; run++)
        {
            var bytes = seeds[random.Next(seeds.Length)].ToCharArray();
            for (var change = random.Next(3); change > 0; change--) bytes[random.Next(bytes.Length)] = "\r\n0123;xF\0 "[random.Next(11)];
            var coding = new string(bytes);

            var whole = Parse(coding, coding.Length);
            Parse(coding, random.Next(1, coding.Length + 1)).Should().Be(whole);
            if (whole.Problem is not { } problem)
            {
                ends++;
                continue;
            }

            problems++;
            problem.Offset.Should().BeInRange(0, coding.Length);
        }

        (ends, problems).Should().Match<(int, int)>(counts => counts.Item1 > 1000 && counts.Item2 > 1000);
    }

    /// <summary>Codings made from the grammar of RFC 9112 section 7.1, and each with one byte changed, removed or added: accepted exactly if the grammar says so.</summary>
    [Fact]
    public void Parse_GeneratedAndMutated_AcceptsWhatTheGrammarSays()
    {
        const string Bytes = "\r\n\t 0aF;=\"\\:,x\0\u007f\u0080\u00ff";
        var random = new Random(20261130);
        var (accepted, refused) = (0, 0);
        for (var run = 0; run < 300; run++)
        {
            var coding = Generate(random);
            Check(coding).Should().BeTrue("{0} is of the grammar", coding);
            for (var index = 0; index < coding.Length; index++)
            {
                var other = Bytes[random.Next(Bytes.Length)].ToString();
                foreach (var mutation in new[] { coding.Remove(index, 1), coding.Insert(index, other), coding.Remove(index, 1).Insert(index, other) })
                {
                    if (Check(mutation)) accepted++;
                    else refused++;
                }
            }
        }

        (accepted, refused).Should().Match<(int, int)>(static counts => counts.Item1 > 1000 && counts.Item2 > 1000);

        bool Check(string coding)
        {
            var end = GrammarEnd(coding);
            var (_, consumed, problem) = Parse(coding, random.Next(1, coding.Length + 1));
            var isAccepted = end >= 0;
            (problem is null && consumed == end).Should().Be(isAccepted, "of {0} the grammar accepts {1}, found {2} {3}", Uri.EscapeDataString(coding), end, consumed, problem);
            return isAccepted;
        }
    }

    // Where a chunked body ends by the grammar and the limits, or -1 if it has not ended or is none. Another way to say it than the parser's.
    private static int GrammarEnd(string coding)
    {
        var position = 0;
        while (SizeLine().Match(coding, position) is { Success: true } line && line.Length <= 256)
        {
            position += line.Length;
            var size = line.Groups["size"].Value.TrimStart('0');
            if (size.Length > 15) return -1;
            if (size.Length == 0) return TrailerEnd(coding, position);
            var length = Convert.ToInt64(size, 16);
            if (length + 2 > coding.Length - position || coding.Substring(position + (int)length, 2) != "\r\n") return -1;
            position += (int)length + 2;
        }

        return -1;
    }

    private static int TrailerEnd(string coding, int position)
    {
        var start = position;
        while (TrailerLine().Match(coding, position) is { Success: true } line) position += line.Length;
        return string.CompareOrdinal(coding, position, "\r\n", 0, 2) == 0 && position + 2 - start <= TrailerLimit ? position + 2 : -1;
    }

    private static string Generate(Random random)
    {
        var coding = new StringBuilder();
        for (var chunk = random.Next(3); chunk > 0; chunk--)
        {
            var length = random.Next(1, 17);
            coding.Append(new string('0', random.Next(3))).Append(length.ToString(random.Next(2) == 0 ? "x" : "X", System.Globalization.CultureInfo.InvariantCulture));
            coding.Append(Extensions(random)).Append("\r\n").Append("0\r\n;x0\r\n\r\nA: b\r\n"[..length]).Append("\r\n");
        }

        coding.Append('0', random.Next(1, 3)).Append(Extensions(random)).Append("\r\n");
        for (var field = random.Next(3); field > 0; field--) coding.Append(Pick(random, "A:", "Expires: never", "x-y:\tz \u00ff")).Append("\r\n");
        return coding.Append("\r\n").ToString();
    }

    private static string Extensions(Random random)
    {
        var text = new StringBuilder();
        for (var extension = random.Next(3); extension > 0; extension--)
        {
            text.Append(Blank()).Append(';').Append(Blank()).Append(Pick(random, "a", "name", "!#$%&'*+-.^_`|~9"));
            if (random.Next(2) == 0) text.Append(Blank()).Append('=').Append(Blank()).Append(Pick(random, "b", "\"\"", "\"a;=\\\" \t\"", "\"\\\\\u0080\"", "token"));
        }

        return text.ToString();

        string Blank() => Pick(random, string.Empty, string.Empty, " ", "\t ");
    }

    private static string Pick(Random random, params string[] choices) => choices[random.Next(choices.Length)];

    [GeneratedRegex("""\G(?<size>[0-9A-Fa-f]+)(?:[ \t]*;[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[ \t]*=[ \t]*(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[\t !\x23-\x5B\x5D-\x7E\x80-\xFF]|\\[\t -~\x80-\xFF])*"))?)*\r\n""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex SizeLine();

    [GeneratedRegex("""\G[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t -~\x80-\xFF]*\r\n""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex TrailerLine();

    private static (string Content, int Consumed, ResponseProblem? Problem) Parse(string coding, int piece)
    {
        var parser = new ChunkedBodyParser(TrailerLimit);
        var bytes = Encoding.Latin1.GetBytes(coding);
        var content = new StringBuilder();
        var position = 0;
        while (position < bytes.Length && !parser.IsAtEnd && parser.Problem is null)
        {
            var part = bytes.AsSpan(position, Math.Min(piece, bytes.Length - position));
            while (!part.IsEmpty && !parser.IsAtEnd && parser.Problem is null)
            {
                var count = parser.Parse(part, out var some);
                content.Append(Encoding.Latin1.GetString(some));
                part = part[count..];
                position += count;
            }
        }

        return (content.ToString(), parser.Problem is null ? position : 0, parser.Problem);
    }
}
