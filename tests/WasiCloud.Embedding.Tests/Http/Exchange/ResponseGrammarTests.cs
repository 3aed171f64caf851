using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Http.Files;
using WasiCloud.Embedding.Http.Sockets;
using WasiCloud.Embedding.Tests.Http.Exchange.Grammar;
using WasiCloud.Embedding.Tests.Mounts.Nodes;
using Xunit;

namespace WasiCloud.Embedding.Tests.Http.Exchange;

/// <summary>Whole responses, made from the grammars and with one byte changed, removed or added, in each form that is text.</summary>
public sealed class ResponseGrammarTests
{
    private const string Others = "\r\n\t :,0 1a-HTPx\"\0\u007f\u0080\u00c3\u00a9\u00ff";

    [Theory]
    [InlineData(nameof(ResponseForm.Socket))]
    [InlineData(nameof(ResponseForm.Text))]
    [InlineData(nameof(ResponseForm.Cgi))]
    public async Task Response_GeneratedAndMutated_IsTakenAsTheGrammarSays(string name)
    {
        var form = Enum.Parse<ResponseForm>(name);
        var random = new Random(20261201);
        var generator = new ResponseGenerator(random, form);
        var (accepted, refused) = (0, 0);
        for (var run = 0; run < 60; run++)
        {
            var (text, isHead) = (generator.Generate(), random.Next(5) == 0);
            for (var cut = 0; cut <= text.Length; cut++) await CheckAsync(text, isHead, cut, text.Length - cut);
            foreach (var mutation in Mutations.Of(text, random, Others))
            {
                if (await CheckAsync(mutation, isHead, random.Next(mutation.Length + 1), random.Next(1, 20))) accepted++;
                else refused++;
            }
        }

        (accepted, refused).Should().Match<(int, int)>(static counts => counts.Item1 > 1000 && counts.Item2 > 1000);

        async Task<bool> CheckAsync(string text, bool isHead, int first, int piece)
        {
            var expected = ResponseOracle.Judge(text, form, isHead, ExchangeFixture.DefaultLimits.MaxResponseHeadBytes);
            var found = await SendAsync(text, form, isHead, first, Math.Max(piece, 1));

            // Not by an assertion for each: there are tens of thousands.
            if (found != expected) found.Should().Be(expected, "{0}, HEAD {1}, pieces of {2} and {3}", Uri.EscapeDataString(text), isHead, first, piece);
            return found is not null;
        }
    }

    /// <summary>One field too many, the blank line missing, and so on: the same in all three forms, at any length.</summary>
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n", null)]
    [InlineData("HTTP/1.1 200\r\n\r\nx", "200|78")]
    [InlineData("HTTP/1.1 205 Reset\r\nContent-Length: 5\r\n\r\n", "205|Content-Length=0|")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 00001\r\n\r\nx", "200|Content-Length=1|78")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\n", null)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1,1\r\n\r\nx", null)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", null)]
    [InlineData("HTTP/1.1 200 OK\r\nVary: , a ,, b ,\r\n\r\n", "200|Vary=, a ,, b ,|")]
    public async Task Response_AtTheEdge_IsTheSameOnASocketAndInAFile(string text, string? expected)
    {
        foreach (var form in new[] { ResponseForm.Socket, ResponseForm.Text })
            (await SendAsync(text, form, isHead: false, first: 1, piece: 3)).Should().Be(expected, "{0}", form);
    }

    private static async Task<string?> SendAsync(string text, ResponseForm form, bool isHead, int first, int piece)
    {
        var fixture = new ExchangeFixture(new InvocationRequest { Method = isHead ? "HEAD" : "GET" });
        var response = fixture.Exchange.Response;
        response.Begin(form);
        var socket = form == ResponseForm.Socket ? new HttpResponseHandle(response) : null;
        var handle = (FileHandle?)socket ?? new ResponseTextHandle(response);
        var bytes = Encoding.Latin1.GetBytes(text);
        for (var start = 0; start < bytes.Length;)
        {
            var length = Math.Min(bytes.Length - start, start == 0 && first > 0 ? first : piece);
            if (await HandleCalls.WriteAllAsync(handle, bytes.AsMemory(start, length)) != Errno.Success) break;
            start += length;
        }

        if (socket is null) await handle.CloseAsync(CloseReason.Closed, CancellationToken.None);
        else socket.Shut();
        if (response.Failure is not null) return null;
        var head = (await fixture.Exchange.Head)!.Value;
        using var body = new MemoryStream();
        await fixture.Exchange.ResponseBody.CopyToAsync(body);
        var fields = string.Concat(head.Headers.Select(static field => $"|{field.Key}={field.Value}"));
        return $"{head.StatusCode}{fields}|{Convert.ToHexString(body.ToArray())}";
    }
}
