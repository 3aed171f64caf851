using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Tests.Http.Exchange;
using WasiCloud.Embedding.Tests.Mounts.Nodes;
using Xunit;

namespace WasiCloud.Embedding.Tests.Http.Files;

public sealed class ResponseJsonFileTests
{
    private readonly ExchangeFixture _fixture = new();

    [Fact]
    public async Task Close_WellFormed_SendsHeadAndBody()
    {
        (await _fixture.WriteFileAsync("response/json", """{"status":201,"headers":{"A":"b"},"body":"x\ny"}""")).Should().Be(Errno.Success);

        _fixture.Exchange.GuestSucceeded().Should().BeNull();
        _fixture.HeadText().Should().Be("201 A=b Content-Length=3");
        (await _fixture.ReadBodyAsync()).Should().Be("x\ny");
    }

    [Fact]
    public async Task Write_NotClosed_SendsNothing()
    {
        (await _fixture.OpenAsync("response/json")).TryGet(out var handle);
        await HandleCalls.WriteAllAsync(handle!, "{}"u8.ToArray());
        _fixture.HeadText().Should().Be("none");

        await handle!.CloseAsync(CloseReason.Abandoned, CancellationToken.None);

        _fixture.HeadText().Should().Be("none");
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("{\"status\":}", 10)]
    [InlineData("""{"headers":{"Content-Length":"3"},"body":"ab"}""", 46)]
    [InlineData("""{"status":204,"body":"ab"}""", 26)]
    [InlineData("""{"headers":{"A":"b\nC: d"}}""", 16)]
    public async Task Close_Malformed_FailsBeforeTheHeadGoesOut(string document, int offset)
    {
        (await _fixture.WriteFileAsync("response/json", document)).Should().Be(Errno.IO);

        _fixture.Failure().Should().Be(FormattableString.Invariant($"/response/json:{offset}"));
        _fixture.HeadText().Should().Be("none");
    }

    [Theory]
    [InlineData(256, Errno.Success, "none")]
    [InlineData(257, Errno.FBig, "Output:256")]
    [InlineData(5000, Errno.FBig, "Output:256")]
    public async Task Close_BodyLimit_IsFBig(int length, Errno expected, string failure)
    {
        (await _fixture.WriteFileAsync("response/json", $$"""{"body":"{{new string('x', length)}}"}""")).Should().Be(expected);

        _fixture.Failure().Should().Be(failure);
        _fixture.Terminations.Should().HaveCount(expected == Errno.Success ? 0 : 1);
    }

    [Theory]
    [InlineData(1, 512, "/response/json:")]
    [InlineData(1, 511, "none")]
    [InlineData(1001, 0, "/response/json:")]
    [InlineData(1000, 0, "none")]
    public async Task Close_HeadLimits_AreThoseOfTheOtherForms(int fields, int valueLength, string failure)
    {
        var limits = ExchangeFixture.DefaultLimits with { MaxJsonBodyBytes = 100_000, MaxResponseHeadBytes = fields == 1 ? 512 : 100_000 };
        var fixture = new ExchangeFixture(limits: limits);
        var headers = string.Join(',', Enumerable.Repeat($"\"a\":\"{new string('x', valueLength)}\"", fields));

        await fixture.WriteFileAsync("response/json", "{\"headers\":{" + headers + "}}");

        fixture.Failure().Should().StartWith(failure);
    }

    [Fact]
    public async Task Close_LongName_IsCutInTheMessage()
    {
        var fixture = new ExchangeFixture(limits: ExchangeFixture.DefaultLimits with { MaxJsonBodyBytes = 100_000 });

        await fixture.WriteFileAsync("response/json", "{\"" + new string('x', 50_000) + "\":1}");

        fixture.Terminations.Should().ContainSingle().Which.Message.Length.Should().BeLessThan(500);
    }

    [Fact]
    public async Task Close_BodyAsBase64UpToTheLimit_Fits()
    {
        var body = Convert.ToBase64String(new byte[256]);

        (await _fixture.WriteFileAsync("response/json", $$"""{"status":200,"headers":{},"bodyBase64":"{{body}}"}""")).Should().Be(Errno.Success);

        (await _fixture.ReadBodyAsync()).Should().HaveLength(256);
    }

    [Fact]
    public async Task Close_BodyLargerThanTheBuffer_WaitsForTheClient()
    {
        var fixture = new ExchangeFixture(limits: new ExchangeLimits(1 << 20, 512, MaxJsonBodyBytes: 100_000, ResponseBufferBytes: 4096));
        (await fixture.OpenAsync("response/json")).TryGet(out var handle);
        var body = string.Concat(Enumerable.Range(0, 10_000).Select(index => (char)('a' + (index % 26))));
        await HandleCalls.WriteAllAsync(handle!, System.Text.Encoding.ASCII.GetBytes($$"""{"body":"{{body}}"}"""));

        var close = handle!.CloseAsync(CloseReason.Closed, CancellationToken.None).AsTask();

        fixture.HeadText().Should().Be("200 Content-Length=10000");
        close.IsCompleted.Should().BeFalse();
        (await fixture.ReadBodyAsync()).Should().Be(body);
        (await close).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Close_ClientIsGone_IsPipe()
    {
        (await _fixture.OpenAsync("response/json")).TryGet(out var handle);
        await HandleCalls.WriteAllAsync(handle!, """{"body":"x"}"""u8.ToArray());
        _fixture.Exchange.ResponseAbandoned();

        (await handle!.CloseAsync(CloseReason.Closed, CancellationToken.None)).Should().Be(Errno.Pipe);
    }
}
