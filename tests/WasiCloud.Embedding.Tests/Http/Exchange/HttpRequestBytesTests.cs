using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Http.Exchange;
using Xunit;

namespace WasiCloud.Embedding.Tests.Http.Exchange;

public class HttpRequestBytesTests
{
    // RFC 9112 section 7.1: sizes, line ends and the last chunk are bytes of the connection too, so that none of them is an end.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AvailableBytes_UntilTheEnd_AreThereToBeTaken(bool isLengthKnown)
    {
        var request = new InvocationRequest
        {
            Method = "POST",
            Body = PipeReader.Create(new MemoryStream("hello"u8.ToArray())),
            ContentLength = isLengthKnown ? 5 : null
        };
        var bytes = new HttpRequestBytes(new InvocationExchange(request, ExchangeFixture.DefaultLimits, _ => { }), isLast: false);
        var (text, buffer) = (new StringBuilder(), new byte[4096]);
        while (!bytes.IsAtEnd)
        {
            await bytes.FillAsync(default);
            var available = bytes.AvailableBytes;
            var taken = await bytes.TakeAsync(buffer, peek: false, default);

            available.Should().Be(taken.Value).And.BePositive();
            text.Append(Encoding.ASCII.GetString(buffer, 0, taken.Value));
        }

        bytes.AvailableBytes.Should().Be(0);
        text.ToString().Should().EndWith(isLengthKnown ? "\r\n\r\nhello" : "\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    }
}
