using System.Globalization;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.Http.Exchange;
using WasiCloud.Embedding.Tests.Mounts.Nodes;
using Xunit;

namespace WasiCloud.Embedding.Tests.Http.Files;

public sealed class ResponseTextTests
{
    private readonly ExchangeFixture _fixture = new();

    [Fact]
    public async Task Write_AnySplit_GivesTheSameResponse()
    {
        var bytes = "HTTP/1.1 201 Created\r\nA: b\r\nContent-Length: 5\n\r\nh\r\n\r\n"u8.ToArray();
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var fixture = new ExchangeFixture();
            (await fixture.OpenAsync("response/txt")).TryGet(out var handle);
            await HandleCalls.WriteAllAsync(handle!, bytes.AsMemory(0, cut));
            await HandleCalls.WriteAllAsync(handle!, bytes.AsMemory(cut));
            (await handle!.CloseAsync(CloseReason.Closed, CancellationToken.None)).Should().Be(Errno.Success);

            fixture.Exchange.GuestSucceeded().Should().BeNull();
            fixture.HeadText().Should().Be("201 A=b Content-Length=5");
            (await fixture.ReadBodyAsync()).Should().Be("h\r\n\r\n");
        }
    }

    [Fact]
    public async Task Write_BlankLine_SendsTheHeadAtOnceAndTheBodyAsItComes()
    {
        (await _fixture.OpenAsync("response/txt")).TryGet(out var handle);
        await HandleCalls.WriteAllAsync(handle!, "HTTP/1.1 200 OK\n"u8.ToArray());
        _fixture.HeadText().Should().Be("none");
        await HandleCalls.WriteAllAsync(handle!, "\nfirst"u8.ToArray());
        _fixture.HeadText().Should().Be("200");

        var first = await _fixture.Exchange.ResponseBody.ReadAsync();

        Encoding.ASCII.GetString(first.Buffer).Should().Be("first");
        first.IsCompleted.Should().BeFalse();
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd", 41)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", 40)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\na", 38)]
    [InlineData("HTTP/1.1 204 No\r\n\r\na", 19)]
    [InlineData("HTTP/1.1 304 No\r\n\r\na", 19)]
    [InlineData("HTTP/1.1 205 No\r\n\r\na", 19)]
    [InlineData("HTTP/1.1 204 No\r\nContent-Length: 1\r\n\r\na", 38)]
    [InlineData("HTTP/1.1 204 No\r\nContent-Length: x\r\n\r\n", 17)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b", 21)]
    [InlineData("nonsense", 0)]
    [InlineData("", 0)]
    public async Task Write_Malformed_EndsTheGuestWithTheOffset(string output, int offset)
    {
        (await _fixture.WriteFileAsync("response/txt", output)).Should().Be(Errno.IO);

        _fixture.Failure().Should().Be(FormattableString.Invariant($"/response/txt:{offset}"));
    }

    [Fact]
    public async Task Write_AfterMalformed_IsIoAndEndsTheGuestOnce()
    {
        (await _fixture.OpenAsync("response/txt")).TryGet(out var handle);

        HandleCalls.TryWrite(handle!, "nonsense\n"u8, out var first).Should().BeTrue();
        HandleCalls.TryWrite(handle!, "HTTP/1.1 200 OK\n\n"u8, out var second).Should().BeTrue();
        (await handle!.CloseAsync(CloseReason.Closed, CancellationToken.None)).Should().Be(Errno.IO);

        (first.Error, second.Error).Should().Be((Errno.IO, Errno.IO));
        _fixture.HeadText().Should().Be("none");
        _fixture.Terminations.Should().ContainSingle();
    }

    [Theory]
    [InlineData("HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n", "204")]
    [InlineData("HTTP/1.1 204 No\r\nContent-Length: 11\r\n\r\n", "204")]
    [InlineData("HTTP/1.1 205 No\r\nContent-Length: 11\r\n\r\n", "205 Content-Length=0")]
    [InlineData("HTTP/1.1 205 No\r\n\r\n", "205 Content-Length=0")]
    [InlineData("HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n", "304 Content-Length=9")]
    public async Task Write_StatusWithoutBody_IsAccepted(string output, string head)
    {
        (await _fixture.WriteFileAsync("response/txt", output)).Should().Be(Errno.Success);

        _fixture.HeadText().Should().Be(head);
        (await _fixture.ReadBodyAsync()).Should().BeEmpty();
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 3\n\nabc", Errno.Success)]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 3\n\n", Errno.Success)]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 3\n\nab", Errno.IO)]
    public async Task Write_RequestWasHead_SendsNoBody(string output, Errno expected)
    {
        var fixture = new ExchangeFixture(new InvocationRequest { Method = "HEAD" });

        (await fixture.WriteFileAsync("response/txt", output)).Should().Be(expected);

        fixture.HeadText().Should().Be("200 Content-Length=3");
        if (expected == Errno.Success) (await fixture.ReadBodyAsync()).Should().BeEmpty();
    }

    [Theory]
    [InlineData(100, Errno.Success, "none")]
    [InlineData(101, Errno.FBig, "Output:100")]
    public async Task Write_BodyLimit_IsFBig(int length, Errno expected, string failure)
    {
        var fixture = new ExchangeFixture(limits: ExchangeFixture.DefaultLimits with { MaxResponseBytes = 100 });

        (await fixture.WriteFileAsync("response/txt", "HTTP/1.1 200 OK\n\n" + new string('x', length))).Should().Be(expected);

        fixture.Failure().Should().Be(failure);
    }

    [Fact]
    public async Task Write_AnnouncesMoreThanTheLimit_FailsBeforeTheHeadGoesOut()
    {
        var announced = (ExchangeFixture.DefaultLimits.MaxResponseBytes + 1).ToString(CultureInfo.InvariantCulture);

        (await _fixture.WriteFileAsync("response/txt", $"HTTP/1.1 200 OK\nContent-Length: {announced}\n\n")).Should().Be(Errno.FBig);

        _fixture.HeadText().Should().Be("none");
        _fixture.Failure().Should().StartWith("Output:");
    }

    [Fact]
    public async Task Write_HeadTooLong_IsMalformed()
    {
        (await _fixture.WriteFileAsync("response/txt", "HTTP/1.1 200 OK\nA: " + new string('x', 600))).Should().Be(Errno.IO);

        _fixture.Failure().Should().Be("/response/txt:512");
    }

    [Fact]
    public async Task Close_Abandoned_CommitsNothing()
    {
        (await _fixture.OpenAsync("response/txt")).TryGet(out var handle);
        await HandleCalls.WriteAllAsync(handle!, "HTTP/1.1 200 OK\n"u8.ToArray());

        await handle!.CloseAsync(CloseReason.Abandoned, CancellationToken.None);

        _fixture.HeadText().Should().Be("none");
        _fixture.Failure().Should().Be("none");
    }

    [Fact]
    public async Task Write_HugeBody_WaitsForTheClientInsteadOfBuffering()
    {
        const int Chunks = 4096;
        var fixture = new ExchangeFixture(limits: ExchangeFixture.DefaultLimits with { MaxResponseBytes = long.MaxValue, ResponseBufferBytes = 64 << 10 });
        (await fixture.OpenAsync("response/txt")).TryGet(out var handle);
        var chunk = new byte[16 << 10];
        var guest = Task.Run(async () =>
        {
            await HandleCalls.WriteAllAsync(handle!, "HTTP/1.1 200 OK\n\n"u8.ToArray());
            for (var index = 0; index < Chunks; index++) (await HandleCalls.WriteAllAsync(handle!, chunk)).Should().Be(Errno.Success);
            return await handle!.CloseAsync(CloseReason.Closed, CancellationToken.None);
        });
        var consumed = 0L;
        while (true)
        {
            var result = await fixture.Exchange.ResponseBody.ReadAsync();
            (fixture.Exchange.ResponseBytes - consumed).Should().BeLessThanOrEqualTo(2 * (64 << 10));
            consumed += result.Buffer.Length;
            fixture.Exchange.ResponseBody.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted) break;
        }

        (await guest).Should().Be(Errno.Success);
        consumed.Should().Be((long)Chunks * chunk.Length);
    }
}
