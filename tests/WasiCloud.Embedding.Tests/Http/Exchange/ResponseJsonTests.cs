using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Http.Exchange;
using Xunit;

namespace WasiCloud.Embedding.Tests.Http.Exchange;

public sealed class ResponseJsonTests
{
    [Theory]
    [InlineData("{}", 200, "", "")]
    [InlineData("""{"status":404}""", 404, "", "")]
    [InlineData(""" { "body" : "h\u00e9\n" , "status" : 201 } """, 201, "", "h\u00e9\n")]
    [InlineData("""{"body":"plain é"}""", 200, "", "plain é")]
    [InlineData("""{"bodyBase64":"aGk=","headers":{"A":"1","B":["2","3"],"C":[]}}""", 200, "A=1 B=2 B=3", "hi")]
    [InlineData("""{"headers":{"Connection":"close","Content-Length":"2"},"body":"ok"}""", 200, "Content-Length=2", "ok")]
    public void Parse_WellFormed_GivesHeadAndBody(string document, int status, string fields, string body)
    {
        var head = new ResponseHeadBuilder();

        ResponseJson.Parse(Encoding.UTF8.GetBytes(document), head, out var bytes).Should().BeNull();

        head.Status.Should().Be(status);
        string.Join(' ', head.Build(out _).Headers.Select(field => field.Key + "=" + field.Value)).Should().Be(fields);
        Encoding.UTF8.GetString(bytes.Span).Should().Be(body);
    }

    [Theory]
    [InlineData("", 0, "JSON")]
    [InlineData("[]", 0, "object")]
    [InlineData("null", 0, "object")]
    [InlineData("{", 1, "JSON")]
    [InlineData("{}x", 2, "JSON")]
    [InlineData("{\n  \"status\": 200,\n  oops }", 21, "JSON")]
    [InlineData("""{"status":"200"}""", 10, "integer")]
    [InlineData("""{"status":200.5}""", 10, "integer")]
    [InlineData("""{"status":null}""", 10, "integer")]
    [InlineData("""{"status":100}""", 10, "200 to 599")]
    [InlineData("""{"status":600}""", 10, "200 to 599")]
    [InlineData("""{"stauts":200}""", 1, "unknown")]
    [InlineData("""{"status":200,"status":201}""", 14, "twice")]
    [InlineData("""{"body":1}""", 8, "not a string")]
    [InlineData("""{"body":null}""", 8, "not a string")]
    [InlineData("""{"body":"\ud800"}""", 8, "Unicode")]
    [InlineData("""{"bodyBase64":"?"}""", 14, "base64")]
    [InlineData("""{"bodyBase64":1}""", 14, "base64")]
    [InlineData("""{"body":"","bodyBase64":""}""", 11, "both")]
    [InlineData("""{"headers":[]}""", 11, "not an object")]
    [InlineData("""{"headers":{"A":1}}""", 16, "neither")]
    [InlineData("""{"headers":{"A":["b",{}]}}""", 21, "neither")]
    [InlineData("""{"headers":{"A b":"c"}}""", 18, "token")]
    [InlineData("""{"headers":{"A\r\nB":"c"}}""", 21, "token")]
    [InlineData("""{"headers":{"A":"b\r\nInjected: c"}}""", 16, "control")]
    [InlineData("""{"headers":{"A":["b","c\u0000"]}}""", 21, "control")]
    [InlineData("""{"headers":{"Transfer-Encoding":"chunked"}}""", 32, "Transfer-Encoding")]
    [InlineData("""{"headers":{"Content-Length":["1","1"]}}""", 34, "twice")]
    public void Parse_Malformed_NamesTheByte(string document, int offset, string message)
    {
        var problem = ResponseJson.Parse(Encoding.UTF8.GetBytes(document), new ResponseHeadBuilder(), out _);

        problem!.Value.Text.Should().Contain(message);
        problem.Value.Offset.Should().Be(offset);
    }

    [Fact]
    public void Parse_BodyNotUtf8_NamesTheString()
    {
        byte[] document = [.. "{\"body\":\""u8, 0xFF, .. "\"}"u8];

        ResponseJson.Parse(document, new ResponseHeadBuilder(), out _)!.Value.Offset.Should().Be(8);
    }

    [Fact]
    public void Parse_AnyMutation_IsAResponseOrAProblemWithinTheDocument()
    {
        var seed = """{"status":201,"headers":{"A":"b","C":["d","é"]},"body":"x\ny\u00e9"}"""u8.ToArray();
        var random = new Random(4);
        var (responses, problems) = (0, 0);
        for (var run = 0; run < 20_000; run++)
        {
            var bytes = seed.ToList();
            for (var change = random.Next(3); change >= 0; change--) bytes[random.Next(bytes.Count)] = (byte)random.Next(random.Next(2) == 0 ? 128 : 256);

            var head = new ResponseHeadBuilder();
            if (ResponseJson.Parse(bytes.ToArray(), head, out _) is not { } problem)
            {
                responses++;
                head.Build(out _).Headers.Should().OnlyContain(field => MessageHeaders.IsValidName(field.Key) && MessageHeaders.IsValidValue(field.Value));
                continue;
            }

            problems++;
            problem.Offset.Should().BeInRange(0, bytes.Count);
        }

        responses.Should().BeGreaterThan(500);
        problems.Should().BeGreaterThan(500);
    }
}
