using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Http.Exchange;
using Xunit;

namespace WasiCloud.Embedding.Tests.Http.Exchange;

public sealed class ResponseTextParserTests
{
    private const int Limit = 256;

    /// <summary>Output, the offset of what is wrong or -1, and a word of the message.</summary>
    public static TheoryData<string, int, string> Outputs => new()
    {
        { "HTTP/1.1 200 OK\r\n\r\nbody", -1, "" },
        { "HTTP/1.0 404 Not Found\n\n", -1, "" },
        { "HTTP/1.1 204\r\n\r\n", -1, "" },
        { "HTTP/1.1 599 \r\nA:b\r\n\r\n", -1, "" },
        { "HTTP/1.1 200 OK\r\nA: \t b \t\r\nSet-Cookie: a=1\nSet-Cookie: b=2\r\n\r\nx\r\n\r\n", -1, "" },
        { "HTTP/1.1 200 \u20acl\r\nX: \u00e9\r\n\r\n", -1, "" },
        { "HTTP/1.1 200 OK\r\nEmpty:\r\n\r\n", -1, "" },
        { "", 0, "within its head" },
        { "HTTP/1.1 200 OK\r\n", 17, "within its head" },
        { "HTTP/1.1 200 OK\r\nA: b\r\n", 23, "within its head" },
        { "HTTP/1.1 200 OK\r\nA: b\r\n\r", 24, "within its head" },
        { "Hello", 1, "HTTP/1.1" },
        { "Hello\n\n", 1, "HTTP/1.1" },
        { "\r\nHTTP/1.1 200 OK\r\n\r\n", 0, "HTTP/1.1" },
        { "HTTP/2 200\r\n\r\n", 5, "HTTP/1.1" },
        { "HTTP/1.2 200\r\n\r\n", 7, "version" },
        { "HTTP/1.1200\r\n\r\n", 8, "space" },
        { "HTTP/1.1  200\r\n\r\n", 9, "three digits" },
        { "HTTP/1.1 20 OK\r\n\r\n", 11, "three digits" },
        { "HTTP/1.1 2000 OK\r\n\r\n", 12, "three digits" },
        { "HTTP/1.1 100 Continue\r\n\r\n", 9, "200 to 599" },
        { "HTTP/1.1 101 Switching\r\n\r\n", 9, "200 to 599" },
        { "HTTP/1.1 600 X\r\n\r\n", 9, "200 to 599" },
        { "HTTP/1.1 200OK\r\n\r\n", 12, "space" },
        { "HTTP/1.1 200 O\rK\r\n\r\n", 14, "control" },
        { "HTTP/1.1 200 O\0K\r\n\r\n", 14, "control" },
        { "HTTP/1.1 200 OK\r\n A: folded\r\n\r\n", 17, "folding" },
        { "HTTP/1.1 200 OK\r\nA: b\r\n\tc\r\n\r\n", 23, "folding" },
        { "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", 18, "token" },
        { "HTTP/1.1 200 OK\r\n: b\r\n\r\n", 17, "token" },
        { "HTTP/1.1 200 OK\r\nNoColon\r\n\r\n", 24, "colon" },
        { "HTTP/1.1 200 OK\r\nA\u00e9: b\r\n\r\n", 18, "token" },
        { "HTTP/1.1 200 OK\r\nA: b\rInjected: c\r\n\r\n", 21, "control" },
        { "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n", 21, "control" },
        { "HTTP/1.1 200 OK\r\nA: b\r\r\n\r\n", 21, "control" },
        { "HTTP/1.1 200 OK\r\nA: \u007f\r\n\r\n", 20, "control" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 17, "Transfer-Encoding" },
        { "HTTP/1.1 200 OK\r\nA: b\r\ntransfer-encoding: identity\r\n\r\n", 23, "Transfer-Encoding" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 36, "twice" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n", 17, "number" },
        { "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n", 17, "number" },
        { "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 17, "number" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\n", 17, "number" },
        { "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", 17, "number" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", 17, "number" },
        { "HTTP/1.1 200 OK\r\nA: " + new string('x', Limit), Limit, "limit" },
        { "HTTP/1.1 200 OK\r\nA: " + new string('x', Limit) + "\r\n\r\n", Limit, "limit" },
    };

    [Theory]
    [MemberData(nameof(Outputs))]
    public void Parse_SplitAtEveryByte_GivesTheSame(string output, int offset, string message)
    {
        var bytes = Encoding.UTF8.GetBytes(output);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var parser = Parse(bytes, cut, bytes.Length - cut);
            if (offset < 0)
            {
                parser.Problem.Should().BeNull();
                parser.IsComplete.Should().BeTrue();
            }
            else
            {
                parser.Problem!.Value.Offset.Should().Be(offset);
                parser.Problem.Value.Text.Should().Contain(message);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Outputs))]
    public void Parse_ByteByByte_GivesTheSame(string output, int offset, string message)
    {
        var bytes = Encoding.UTF8.GetBytes(output);

        var parser = Parse(bytes, [.. Enumerable.Repeat(1, bytes.Length)]);

        (parser.Problem?.Offset ?? -1).Should().Be(offset);
        (parser.Problem?.Text ?? string.Empty).Contains(message, StringComparison.Ordinal).Should().BeTrue();
    }

    [Fact]
    public void Parse_InvalidUtf8InValue_NamesTheByte()
    {
        var parser = Parse([.. "HTTP/1.1 200 OK\r\nA: \u00e9"u8, 0xC3, (byte)'\r', (byte)'\n'], 22);

        parser.Problem!.Value.Offset.Should().Be(22);
    }

    [Fact]
    public void Parse_HeadOfExactlyTheLimit_IsComplete()
    {
        var start = "HTTP/1.1 200 OK\r\nA: ";
        var bytes = Encoding.ASCII.GetBytes(start + new string('x', Limit - start.Length - 4) + "\r\n\r\nbody");

        Parse(bytes, bytes.Length).IsComplete.Should().BeTrue();
    }

    [Fact]
    public void Parse_Fields_KeepsOrderAndRepetitionAndTrims()
    {
        var bytes = "HTTP/1.1 201 Created\r\nB: \t1 \r\nConnection: close, X\r\nKeep-Alive: 5\r\na: 2\r\nUpgrade: h2\r\nTE: x\r\n"u8
            + "Trailer: y\r\nProxy-Connection: z\r\nB:3\r\n\r\n"u8;
        var parser = Parse(bytes.ToArray(), 10);

        var head = parser.Head.Build(out var problem);

        problem.Should().BeNull();
        head.StatusCode.Should().Be(201);
        head.Headers.Select(field => field.Key + "=" + field.Value).Should().Equal("B=1", "a=2", "B=3");
    }

    [Fact]
    public void Parse_Body_IsNotConsumed()
    {
        var parser = new ResponseTextParser(Limit);

        parser.Parse("HTTP/1.1 200 OK\n\n\nHTTP/1.1 500 No\n\n"u8).Should().Be(17);
        parser.Parse("more"u8).Should().Be(0);
    }

    [Fact]
    public void Parse_AnyMutationAnySplit_IsAHeadOrAProblemWithinTheOutput()
    {
        var random = new Random(20260101);
        var seeds = Outputs.Select(row => Encoding.UTF8.GetBytes((string)row[0])).ToArray();
        var (heads, problems) = (0, 0);
        for (var run = 0; run < 20_000; run++)
        {
            var bytes = Mutate(random, [.. seeds[random.Next(seeds.Length)]]);
            var whole = Parse(bytes, bytes.Length);
            var split = Parse(bytes, RandomSplit(random, bytes.Length));

            split.Problem.Should().Be(whole.Problem);
            (whole.IsComplete ^ whole.Problem is not null).Should().BeTrue();
            if (whole.Problem is { } problem)
            {
                problems++;
                problem.Offset.Should().BeInRange(0, Math.Min(bytes.Length, Limit));
            }
            else
            {
                heads++;
                AssertWellFormed(whole.Head);
                whole.Head.Status.Should().Be(split.Head.Status);
            }
        }

        heads.Should().BeGreaterThan(1000);
        problems.Should().BeGreaterThan(1000);
    }

    private static void AssertWellFormed(ResponseHeadBuilder builder)
    {
        builder.Status.Should().BeInRange(200, 599);
        foreach (var (name, value) in builder.Build(out _).Headers)
        {
            MessageHeaders.IsValidName(name).Should().BeTrue();
            value.Should().NotContainAny("\r", "\n", "\0");
        }
    }

    private static byte[] Mutate(Random random, List<byte> bytes)
    {
        const string Interesting = "\r\n\0: \tHTTP/1.0200a,\u007f\u0080";
        for (var change = random.Next(4); change > 0; change--)
        {
            var at = random.Next(bytes.Count + 1);
            var value = random.Next(2) == 0 ? (byte)Interesting[random.Next(Interesting.Length)] : (byte)random.Next(256);
            if (at == bytes.Count || random.Next(3) == 0) bytes.Insert(at, value);
            else if (random.Next(2) == 0) bytes[at] = value;
            else bytes.RemoveAt(at);
        }

        return [.. bytes];
    }

    private static int[] RandomSplit(Random random, int length)
    {
        var pieces = new List<int>();
        while (length > 0)
        {
            var piece = random.Next(1, Math.Min(length, 12) + 1);
            pieces.Add(piece);
            length -= piece;
        }

        return [.. pieces];
    }

    /// <summary>Parses in pieces of the given sizes, and the rest as one.</summary>
    private static ResponseTextParser Parse(byte[] bytes, params int[] pieces)
    {
        var parser = new ResponseTextParser(Limit);
        var start = 0;
        foreach (var piece in pieces)
        {
            parser.Parse(bytes.AsSpan(start, piece));
            start += piece;
        }

        parser.Parse(bytes.AsSpan(start));
        parser.End();
        return parser;
    }
}
