using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.Http.Exchange;
using WasiCloud.Embedding.Tests.Mounts.Nodes;
using Xunit;

namespace WasiCloud.Embedding.Tests.Http.Files;

public sealed class ResponsePiecesTests
{
    private readonly ExchangeFixture _fixture = new();

    [Fact]
    public async Task Pieces_InOrder_MakeAResponse()
    {
        await _fixture.WriteFileAsync("response/status", "404\r\n");
        await _fixture.WriteFileAsync("response/headers/Content-Type", "text/plain\n");
        await _fixture.WriteFileAsync("response/headers/X-Empty", "");
        (await _fixture.WriteFileAsync("response/body", "gone")).Should().Be(Errno.Success);

        _fixture.Exchange.GuestSucceeded().Should().BeNull();
        _fixture.HeadText().Should().Be("404 content-type=text/plain x-empty=");
        (await _fixture.ReadBodyAsync()).Should().Be("gone");
    }

    [Theory]
    [InlineData(1000, "none")]
    [InlineData(1001, "/response/headers/")]
    public async Task Pieces_OfManyFields_AreLimited(int count, string failure)
    {
        var fixture = new ExchangeFixture(limits: ExchangeFixture.DefaultLimits with { MaxResponseHeadBytes = 100_000 });
        for (var number = 0; number < count; number++) await fixture.WriteFileAsync(FormattableString.Invariant($"response/headers/x{number}"), "");
        await fixture.WriteFileAsync("response/headers/x0", "again");

        fixture.Failure().Should().StartWith(failure);
    }

    [Theory]
    [InlineData(1000, "none")]
    [InlineData(1001, "/response/txt:")]
    public async Task Text_OfManyFields_IsLimited(int count, string failure)
    {
        var fixture = new ExchangeFixture(limits: ExchangeFixture.DefaultLimits with { MaxResponseHeadBytes = 100_000 });

        await fixture.WriteFileAsync("response/txt", $"HTTP/1.1 200 OK\n{string.Concat(Enumerable.Repeat("a:\n", count))}\n");

        fixture.Failure().Should().StartWith(failure);
    }

    [Fact]
    public async Task Cookies_OnLines_AreFieldsOfTheirOwn()
    {
        await _fixture.WriteFileAsync("response/headers/Set-Cookie", "a=1\r\nb=2\nc=3\n");
        await _fixture.WriteFileAsync("response/headers/set-cookie", "a=1; Path=/\nb=2\n");
        (await _fixture.WriteFileAsync("response/body", "x")).Should().Be(Errno.Success);

        _fixture.HeadText().Should().Be("200 set-cookie=a=1; Path=/ set-cookie=b=2");
    }

    [Theory]
    [InlineData("set-cookie", "a=1\nb=\u0001\n", 6)]
    [InlineData("set-cookie", "a=1\rb=2", 3)]
    [InlineData("x-other", "a\nb", 1)]
    [InlineData("x-other", "a\n\n", 1)]
    public async Task Field_WithControlsOrLines_IsRefusedAtItsByte(string name, string value, int offset)
    {
        await _fixture.WriteFileAsync("response/headers/" + name, value);

        _fixture.Failure().Should().Be(FormattableString.Invariant($"/response/headers/{name}:{offset}"));
    }

    [Fact]
    public async Task Cookies_OfManyLines_AreLimited()
    {
        var fixture = new ExchangeFixture(limits: ExchangeFixture.DefaultLimits with { MaxResponseHeadBytes = 100_000 });

        await fixture.WriteFileAsync("response/headers/set-cookie", string.Concat(Enumerable.Repeat("a\n", 1001)));

        fixture.Failure().Should().StartWith("/response/headers/set-cookie");
    }

    [Fact]
    public async Task Body_Alone_Is200()
    {
        await _fixture.WriteFileAsync("response/body", "x", 'a');

        _fixture.HeadText().Should().Be("200");
    }

    [Fact]
    public async Task Body_ClosedEmpty_SendsTheHead()
    {
        await _fixture.WriteFileAsync("response/status", "403");
        await _fixture.WriteFileAsync("response/body", "");

        _fixture.HeadText().Should().Be("403 Content-Length=0");
        (await _fixture.ReadBodyAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Head_AfterTheFirstBodyByte_IsRoFs()
    {
        (await _fixture.OpenAsync("response/status")).TryGet(out var status);
        await _fixture.WriteFileAsync("response/headers/a", "b");
        (await _fixture.OpenAsync("response/body")).TryGet(out var body);
        _fixture.HeadText().Should().Be("none");
        await HandleCalls.WriteAllAsync(body!, "x"u8.ToArray());
        _fixture.HeadText().Should().Be("200 a=b");

        (await HandleCalls.WriteAllAsync(status!, "404"u8.ToArray())).Should().Be(Errno.RoFs);
        (await status!.CloseAsync(CloseReason.Closed, CancellationToken.None)).Should().Be(Errno.RoFs);
        (await _fixture.WriteFileAsync("response/headers/a", "c")).Should().Be(Errno.RoFs);
        _fixture.Failure().Should().Be("none");
    }

    [Fact]
    public async Task Piece_ClosedAbandoned_DoesNotCount()
    {
        (await _fixture.OpenAsync("response/status")).TryGet(out var status);
        await HandleCalls.WriteAllAsync(status!, "404"u8.ToArray());
        await status!.CloseAsync(CloseReason.Abandoned, CancellationToken.None);

        await _fixture.WriteFileAsync("response/body", "x");

        _fixture.HeadText().Should().Be("200");
    }

    [Fact]
    public async Task Piece_Flushed_Counts()
    {
        (await _fixture.OpenAsync("response/status")).TryGet(out var status);
        await HandleCalls.WriteAllAsync(status!, "404"u8.ToArray());
        (await status!.FlushAsync(CancellationToken.None)).Should().Be(Errno.Success);
        await _fixture.WriteFileAsync("response/body", "x");

        (await status.CloseAsync(CloseReason.Closed, CancellationToken.None)).Should().Be(Errno.Success);
        _fixture.HeadText().Should().Be("404");
    }

    [Theory]
    [InlineData("status", "", 0)]
    [InlineData("status", "20", 2)]
    [InlineData("status", "2000", 3)]
    [InlineData("status", "200 OK", 3)]
    [InlineData("status", " 200", 0)]
    [InlineData("status", "100", 0)]
    [InlineData("status", "600", 0)]
    [InlineData("status", "200\n\n", 3)]
    [InlineData("headers/a", "b\nInjected: c\n", 1)]
    [InlineData("headers/a", "b\r\n\r\n<html>", 1)]
    [InlineData("headers/a", "b\n\n", 1)]
    [InlineData("headers/a", "b\0", 1)]
    [InlineData("headers/content-length", "x", 0)]
    [InlineData("headers/transfer-encoding", "chunked", 0)]
    public async Task Piece_Malformed_EndsTheGuest(string name, string content, int offset)
    {
        (await _fixture.WriteFileAsync("response/" + name, content)).Should().Be(Errno.IO);

        _fixture.Failure().Should().Be(FormattableString.Invariant($"/response/{name}:{offset}"));
    }

    [Theory]
    [InlineData("abcd", 3)]
    [InlineData("ab", 2)]
    public async Task Body_ContradictsContentLength_IsMalformed(string body, int offset)
    {
        await _fixture.WriteFileAsync("response/headers/content-length", "3");

        (await _fixture.WriteFileAsync("response/body", body)).Should().Be(Errno.IO);

        _fixture.Failure().Should().Be(FormattableString.Invariant($"/response/body:{offset}"));
    }

    [Fact]
    public async Task Piece_WrittenTwice_LastOneCounts()
    {
        await _fixture.WriteFileAsync("response/status", "404");
        await _fixture.WriteFileAsync("response/status", "500");
        await _fixture.WriteFileAsync("response/headers/A", "1");
        await _fixture.WriteFileAsync("response/headers/a", "2");
        await _fixture.WriteFileAsync("response/headers/a", "3", 'a');
        await _fixture.WriteFileAsync("response/body", "x");

        (await _fixture.ListAsync("response/headers")).Should().Equal("a");
        _fixture.HeadText().Should().Be("500 a=3", "the fixture writes at offset 0, over what was there");
    }

    [Fact]
    public async Task Piece_Append_GoesOnAfterTheContent()
    {
        await _fixture.WriteFileAsync("response/headers/a", "one");
        (await _fixture.OpenAsync("response/headers/a", 'a')).TryGet(out var handle);

        HandleCalls.TryAppend(handle!, " two"u8, out var end).Should().BeTrue();
        end.Value.Should().Be(7);
        (await handle!.GetAttributesAsync(CancellationToken.None)).Value.Size.Should().Be(7);
        (await handle.SetSizeAsync(6, CancellationToken.None)).Should().Be(Errno.Success);
        await handle.CloseAsync(CloseReason.Closed, CancellationToken.None);
        await _fixture.WriteFileAsync("response/body", "x");

        _fixture.HeadText().Should().Be("200 a=one tw");
    }

    [Theory]
    [InlineData(508)]
    [InlineData(long.MaxValue)]
    public async Task Piece_BeyondTheHeadLimit_IsFBig(long offset)
    {
        (await _fixture.OpenAsync("response/headers/a")).TryGet(out var handle);

        (await handle!.WriteAsync(new("12345"u8.ToArray()), offset, CancellationToken.None)).Error.Should().Be(Errno.FBig);
    }

    [Fact]
    public async Task Pieces_TogetherBeyondTheHeadLimit_AreMalformed()
    {
        await _fixture.WriteFileAsync("response/headers/a", new string('x', 500));

        (await _fixture.WriteFileAsync("response/headers/b", new string('x', 500))).Should().Be(Errno.IO);

        _fixture.Failure().Should().Be("/response/headers/b:500");
    }

    [Fact]
    public async Task Header_NameIsNoToken_IsInval() =>
        (await _fixture.WriteFileAsync("response/headers/a b", "c")).Should().Be(Errno.Inval);

    [Theory]
    [InlineData("connection", "close")]
    [InlineData("upgrade", "h2c")]
    public async Task Header_OfTheConnection_IsDropped(string name, string value)
    {
        await _fixture.WriteFileAsync("response/headers/" + name, value);
        await _fixture.WriteFileAsync("response/body", "x");

        _fixture.HeadText().Should().Be("200");
    }
}
