using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Http.Files;
using WasiCloud.Embedding.Tests.Http.Exchange;
using WasiCloud.Embedding.Tests.Mounts.Nodes;
using Xunit;

namespace WasiCloud.Embedding.Tests.Http.Files;

public sealed class RequestMountTests
{
    [Fact]
    public async Task Attach_WithoutExchange_Throws()
    {
        var attach = () => new RequestMount().AttachAsync(new InvocationContext { Id = "x" }, CancellationToken.None).AsTask();

        await attach.Should().ThrowAsync<InvalidOperationException>();
    }

    [Fact]
    public async Task Text_OpenedAgainAndAgain_HoldsTheBodyOnce()
    {
        var fixture = new ExchangeFixture(new InvocationRequest { Body = PipeReader.Create(new MemoryStream(new byte[60_000])) });
        await fixture.ReadFileAsync("request/body");
        var text = await fixture.ReadFileAsync("request/txt");
        var file = (VirtualFile)(await fixture.LookupAsync("request/txt")).Value!;

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var number = 0; number < 1000; number++)
        {
            var opened = await file.OpenAsync(new FileOpenOptions(FileAccess.Read), CancellationToken.None);
            if (opened.Error != Errno.Success) throw new IOException(opened.Error.ToString());
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1000 * 1000);
        text.Should().EndWith("\0\r\n0\r\n\r\n");
    }

    [Fact]
    public async Task Root_List_HasEveryForm() =>
        (await new ExchangeFixture().ListAsync("request")).Should().Equal("txt", "json", "body", "method", "url", "headers");

    [Fact]
    public async Task Cursor_AnyOrder_GivesTheSameEntries()
    {
        var root = (VirtualDirectory)(await new ExchangeFixture().LookupAsync("request")).Value!;
        using var cursor = root.OpenCursor()!;

        cursor.Read(0, out var first, out var second).Should().Be(Errno.Success);
        cursor.Read(second, out var next, out _).Should().Be(Errno.Success);
        cursor.Read(0, out var again, out _).Should().Be(Errno.Success);
        cursor.Read(6, out _, out _).Should().Be(Errno.NoEnt);

        first.Should().Be(again);
        (first.Name, next.Name).Should().Be(("txt", "json"));
    }

    [Fact]
    public async Task Facts_Read_GiveExactlyTheValue()
    {
        var fixture = new ExchangeFixture(new InvocationRequest { Method = "PATCH", Target = "/a%20b?c" });

        (await fixture.ReadFileAsync("request/method")).Should().Be("PATCH");
        (await fixture.ReadFileAsync("request/url")).Should().Be("/a%20b?c");
    }

    [Fact]
    public async Task Headers_RepeatedFields_AreListedOnceAndJoined()
    {
        var fixture = new ExchangeFixture(new InvocationRequest
        {
            Headers = new() { { "Accept", "a" }, { "Cookie", "x=1" }, { "ACCEPT", "b" }, { "cookie", "y=2" }, { "..", "no" }, { "Connection", "close" } },
        });

        (await fixture.ListAsync("request/headers")).Should().Equal("host", "accept", "cookie");
        (await fixture.ReadFileAsync("request/headers/aCCept")).Should().Be("a, b");
        (await fixture.ReadFileAsync("request/headers/cookie")).Should().Be("x=1; y=2");
        (await fixture.LookupAsync("request/headers/connection")).Error.Should().Be(Errno.NoEnt);
    }

    [Fact]
    public async Task Text_StreamedBody_FollowsTheHead()
    {
        var fixture = new ExchangeFixture(Post("hello", knowsLength: false));

        (await StatAsync(fixture, "request/txt")).Should().Be(0, "the body's length is not known");
        (await fixture.ReadFileAsync("request/txt"))
            .Should().Be("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    }

    [Fact]
    public async Task Body_KnownLength_HasSizeButDoesNotSeek()
    {
        var fixture = new ExchangeFixture(Post("hello"));
        (await fixture.OpenAsync("request/body", 'r')).TryGet(out var handle);

        (await StatAsync(fixture, "request/body")).Should().Be(5);
        (await StatAsync(fixture, "request/txt")).Should().Be((ulong)"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello".Length);
        handle!.CanSeek.Should().BeFalse();
    }

    [Fact]
    public async Task Body_UnknownLength_HasSizeZero() =>
        (await StatAsync(new ExchangeFixture(Post("hello", knowsLength: false)), "request/body")).Should().Be(0);

    [Fact]
    public async Task Body_None_IsEmptyInEveryFormAndReopens()
    {
        var fixture = new ExchangeFixture();

        (await fixture.ReadFileAsync("request/body")).Should().BeEmpty();
        (await fixture.ReadFileAsync("request/body")).Should().BeEmpty();
        (await fixture.ReadFileAsync("request/txt")).Should().EndWith("\r\n\r\n");
        (await fixture.ReadFileAsync("request/json")).Should().EndWith("\"body\":\"\"}");
    }

    [Theory]
    [InlineData("txt", "json")]
    [InlineData("json", "body")]
    [InlineData("body", "txt")]
    [InlineData("body", "body")]
    public async Task Body_SecondClaim_IsBusy(string first, string second)
    {
        var fixture = new ExchangeFixture(Post(new string('x', 100), knowsLength: false), ExchangeFixture.DefaultLimits with { MaxJsonBodyBytes = 50 });
        await fixture.OpenAsync("request/" + first, 'r');

        (await fixture.OpenAsync("request/" + second, 'r')).Error.Should().Be(Errno.Busy);
    }

    [Fact]
    public async Task Body_OpenButNotRead_DoesNotKeepFactsFromBeingRead()
    {
        var fixture = new ExchangeFixture(Post("x"));
        await fixture.OpenAsync("request/body", 'r');

        (await fixture.ReadFileAsync("request/headers/content-length")).Should().Be("1");
    }

    [Theory]
    [InlineData("body", true)]
    [InlineData("txt", false)]
    [InlineData("json", true)]
    [InlineData("json", false)]
    public async Task Body_SmallAndReadToItsEnd_CanBeReadAgainInAnyForm(string first, bool knowsLength)
    {
        var fixture = new ExchangeFixture(Post("hello", knowsLength));
        await fixture.ReadFileAsync("request/" + first);

        (await fixture.ReadFileAsync("request/body")).Should().Be("hello");
        (await fixture.ReadFileAsync("request/txt")).Should().EndWith(knowsLength ? "\r\n\r\nhello" : "\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        (await fixture.ReadFileAsync("request/json")).Should().EndWith("\"body\":\"hello\"}");
        (await StatAsync(fixture, "request/body")).Should().Be(5);
        (await fixture.OpenAsync("request/body", 'r')).Value!.CanSeek.Should().BeTrue();
    }

    [Theory]
    [InlineData(RequestBody.HeldBytes, Errno.Success)]
    [InlineData(RequestBody.HeldBytes + 1, Errno.Busy)]
    public async Task Body_ReadToItsEnd_IsHeldUpToTheLimit(int length, Errno expected)
    {
        var fixture = new ExchangeFixture(Post(new string('x', length)));
        await fixture.ReadFileAsync("request/body");

        (await fixture.OpenAsync("request/body", 'r')).Error.Should().Be(expected);
    }

    [Fact]
    public async Task Json_BodyAtTheLimit_IsRead() =>
        (await new ExchangeFixture(Post(new string('x', 256), knowsLength: false)).ReadFileAsync("request/json")).Should().Contain(new string('x', 256));

    [Fact]
    public async Task Json_KnownToBeTooLong_IsFBigAndLeavesTheBody()
    {
        var fixture = new ExchangeFixture(Post(new string('x', 257)));

        (await fixture.OpenAsync("request/json", 'r')).Error.Should().Be(Errno.FBig);

        (await fixture.ReadFileAsync("request/body")).Should().HaveLength(257);
    }

    [Fact]
    public async Task Json_TurnsOutTooLong_IsFBigEveryTime()
    {
        var fixture = new ExchangeFixture(Post(new string('x', 257), knowsLength: false));

        (await fixture.OpenAsync("request/json", 'r')).Error.Should().Be(Errno.FBig);
        (await fixture.OpenAsync("request/json", 'r')).Error.Should().Be(Errno.FBig);
    }

    [Fact]
    public async Task Json_Opened_KnowsItsSizeAndReopens()
    {
        var fixture = new ExchangeFixture(Post("x", knowsLength: false));
        (await StatAsync(fixture, "request/json")).Should().Be(0);

        var text = await fixture.ReadFileAsync("request/json");

        (await StatAsync(fixture, "request/json")).Should().Be((ulong)text.Length);
        (await fixture.ReadFileAsync("request/json")).Should().Be(text);
    }

    [Fact]
    public async Task Json_ConnectionBreaks_IsConnReset()
    {
        var reader = new GuardedReader(new Pipe().Reader) { Failure = new IOException() };

        (await new ExchangeFixture(new InvocationRequest { Body = reader }).OpenAsync("request/json", 'r')).Error.Should().Be(Errno.ConnReset);
    }

    [Theory]
    [InlineData("txt")]
    [InlineData("json")]
    [InlineData("body")]
    [InlineData("method")]
    [InlineData("headers/host")]
    public async Task Open_ForWriting_IsRoFs(string name)
    {
        var fixture = new ExchangeFixture(Post("x"));

        (await fixture.OpenAsync("request/" + name, 'w')).Error.Should().Be(Errno.RoFs);
        (await fixture.OpenAsync("request/" + name, '+')).Error.Should().Be(Errno.RoFs);
    }

    [Fact]
    public async Task Mutations_Any_AreRoFs()
    {
        var fixture = new ExchangeFixture();
        var root = (VirtualDirectory)(await fixture.LookupAsync("request")).Value!;

        (await fixture.OpenAsync("request/new", 'w')).Error.Should().Be(Errno.RoFs);
        (await root.RemoveFileAsync("txt", CancellationToken.None)).Should().Be(Errno.RoFs);
        (await fixture.LookupAsync("request/TXT")).Error.Should().Be(Errno.NoEnt);
    }

    private static async Task<ulong> StatAsync(ExchangeFixture fixture, string path) =>
        (await (await fixture.LookupAsync(path)).Value!.GetAttributesAsync(CancellationToken.None)).Value.Size;

    private static InvocationRequest Post(string body, bool knowsLength = true)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return new() { Method = "POST", Body = PipeReader.Create(new MemoryStream(bytes)), ContentLength = knowsLength ? bytes.Length : null };
    }
}
