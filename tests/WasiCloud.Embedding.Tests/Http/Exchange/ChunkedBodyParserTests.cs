using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Tests.Http.Exchange.Grammar;
using Xunit;

namespace WasiCloud.Embedding.Tests.Http.Exchange;

public sealed class ChunkedBodyParserTests
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

    /// <summary>
    /// Codings made from the grammar of RFC 9112 section 7.1, and each with one byte changed, removed or added: accepted exactly if the grammar says so.
    /// </summary>
    [Fact]
    public void Parse_GeneratedAndMutated_AcceptsWhatTheGrammarSays()
    {
        const string Bytes = "\r\n\t 0aF;=\"\\:,x\0\u007f\u0080\u00ff";
        var random = new Random(20261130);
        var (accepted, refused) = (0, 0);
        for (var run = 0; run < 300; run++)
        {
            var coding = ChunkGrammar.Generate(random);
            Check(coding).Should().BeTrue("{0} is of the grammar", coding);
            foreach (var mutation in Mutations.Of(coding, random, Bytes))
            {
                if (Check(mutation)) accepted++;
                else refused++;
            }
        }

        (accepted, refused).Should().Match<(int, int)>(static counts => counts.Item1 > 1000 && counts.Item2 > 1000);

        bool Check(string coding)
        {
            var end = ChunkGrammar.FindEnd(coding, TrailerLimit, out _);
            var (_, consumed, problem) = Parse(coding, random.Next(1, coding.Length + 1));
            var isAccepted = end >= 0;
            (problem is null && consumed == end)
                .Should().Be(isAccepted, "of {0} the grammar accepts {1}, found {2} {3}", Uri.EscapeDataString(coding), end, consumed, problem);
            return isAccepted;
        }
    }

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
