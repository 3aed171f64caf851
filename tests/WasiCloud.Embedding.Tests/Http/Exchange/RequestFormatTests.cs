using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using WasiCloud.Embedding.Http.Exchange;
using Xunit;

namespace WasiCloud.Embedding.Tests.Http.Exchange;

public sealed class RequestFormatTests
{
    private static readonly MessageHeaders Headers = new()
    {
        { "Host", "forged" },
        { "Accept", "a" },
        { "X-Name", "\u00e9" },
        { "Transfer-Encoding", "chunked" },
        { "Content-Length", "99" },
        { "Connection", "close" },
        { "accept", "b" },
    };

    [Fact]
    public void WriteHead_UnknownLength_HasNoFraming() =>
        Head(new InvocationRequest { Method = "POST", Target = "/a?b=c", Authority = "x:1", Headers = Headers, Body = PipeReader.Create(new MemoryStream()) })
            .Should().Be("POST /a?b=c HTTP/1.1\r\nHost: x:1\r\nAccept: a\r\nX-Name: \u00e9\r\naccept: b\r\n\r\n");

    [Fact]
    public void WriteHead_KnownLength_ReplacesTheClients() =>
        Head(new InvocationRequest { Headers = Headers, ContentLength = 3, Body = PipeReader.Create(new MemoryStream(new byte[3])) })
            .Should().StartWith("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nAccept: a\r\n").And.NotContain("99");

    [Fact]
    public void Json_Request_IsTheDocumentedObject()
    {
        var request = new InvocationRequest { Method = "PUT", Scheme = "https", Authority = "h", Target = "/p%20q?x=1?2", Headers = Headers };

        var json = Encoding.UTF8.GetString(RequestJson.Write(request, "<\u00e9\n\"\0>"u8).Span);

        json.Should().Be("""{"method":"PUT","scheme":"https","authority":"h","path":"/p%20q","query":"x=1?2","headers":""" +
            """{"host":["h"],"accept":["a","b"],"x-name":["é"]},"body":"<é\n\"\u0000>"}""");
    }

    [Theory]
    [InlineData("/", "/", "")]
    [InlineData("/?", "/", "")]
    [InlineData("*", "*", "")]
    public void Json_Target_IsSplitAtTheFirstQuestionMark(string target, string path, string query)
    {
        using var json = JsonDocument.Parse(RequestJson.Write(new InvocationRequest { Target = target }, default));

        json.RootElement.GetProperty("path").GetString().Should().Be(path);
        json.RootElement.GetProperty("query").GetString().Should().Be(query);
    }

    [Fact]
    public void Json_BodyNotUtf8_IsBase64()
    {
        using var json = JsonDocument.Parse(RequestJson.Write(new InvocationRequest(), [0x61, 0xC3]));

        json.RootElement.GetProperty("bodyBase64").GetBytesFromBase64().Should().Equal(0x61, 0xC3);
        json.RootElement.TryGetProperty("body", out _).Should().BeFalse();
    }

    [Theory]
    [InlineData("GET /\r\nX: y", "/", "h")]
    [InlineData("", "/", "h")]
    [InlineData("GET", "/ HTTP/1.1\r\nX: y", "h")]
    [InlineData("GET", "/a b", "h")]
    [InlineData("GET", "", "h")]
    [InlineData("GET", "/", "h\r\nX: y")]
    [InlineData("GET", "/\0", "h")]
    public void Validate_PartsThatWouldRunIntoEachOther_Throws(string method, string target, string authority)
    {
        var validate = () => RequestFields.Validate(new InvocationRequest { Method = method, Target = target, Authority = authority });

        validate.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Validate_EmptyAuthority_IsAccepted()
    {
        var validate = () => RequestFields.Validate(new InvocationRequest { Authority = string.Empty });

        validate.Should().NotThrow();
    }

    private static string Head(InvocationRequest request) => Encoding.UTF8.GetString(RequestText.WriteHead(request));
}
