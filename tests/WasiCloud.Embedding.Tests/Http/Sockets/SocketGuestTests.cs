using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Http.Sockets;

/// <summary>
/// Guests that are HTTP servers on a socket and serve one request: <c>guests/c/socket_server.c</c>, which is written as for any POSIX system.
/// </summary>
public sealed class SocketGuestTests : IAsyncTest
{
    private readonly TestHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Invoke_ServerThatRunsForEver_AnswersAndEndsWell()
    {
        var (response, body) = await GetAsync("/some/path?query");

        response.StatusCode.Should().Be(200);
        response.Headers.GetValue("Content-Type").Should().Be("text/plain");
        body.Should().Be("GET /some/path?query");
        (await response.Completion).ExitCode.Should().Be(1, "its accept was told that nothing more comes");
        _host.Logs.Entries.Should().Contain(entry => entry.Message.Contains("accept: Invalid argument"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000)]
    [InlineData(1_000_000)]
    public async Task Invoke_BodyOfKnownLength_ComesBack(int length)
    {
        var content = Content(length);

        (await SendAsync("POST", "/echo", content, isLengthKnown: true)).Body.Should().Be(content);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000)]
    [InlineData(1_000_000)]
    public async Task Invoke_BodyOfUnknownLength_ComesInChunksAndComesBack(int length)
    {
        var content = Content(length);

        (await SendAsync("POST", "/echo", content, isLengthKnown: false)).Body.Should().Be(content);
    }

    [Fact]
    public async Task Invoke_Head_HasNoBody()
    {
        var (response, body) = await SendAsync("HEAD", "/path", string.Empty, isLengthKnown: true);

        (response.StatusCode, response.Headers.GetValue("Content-Length"), body).Should().Be((200, "10", string.Empty));
    }

    [Fact]
    public async Task Invoke_ShutdownOfSending_EndsTheBody() => (await GetAsync("/shutdown")).Body.Should().Be("until the end");

    [Fact]
    public async Task Invoke_PeekAndWaitAll_ShowAndTakeAsPosixSays() =>
        (await SendAsync("POST", "/peek", "abcdef", isLengthKnown: true)).Body.Should().Be("115aabcdef");

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "hi")]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", 200, "hi")]
    [InlineData("HTTP/1.0 404 Not Found\r\n\r\nnothing", 404, "nothing")]
    [InlineData("HTTP/1.1 200\r\n\r\n", 200, "")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", 204, "")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 12\r\n\r\n", 304, "")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;name=\"value\"\r\n \r\n00005\r\nworld\r\n0\r\nTrailer: 1\r\n\r\n", 200,
        "hello world")]
    [InlineData("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n0\r\n\r\n", 200, "")]
    [InlineData("HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", 205, "")]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi", 204, "")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\nhi", 304, "")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more", 200, "hi")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n", 200, "hi")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore", 200, "")]
    public async Task Invoke_WellFormedResponse_IsUnderstood(string raw, int status, string body)
    {
        var (response, text) = await SendAsync("POST", "/raw", raw, isLengthKnown: true);

        (response.StatusCode, text).Should().Be((status, body));
        response.Headers.GetValue("Transfer-Encoding").Should().BeNull();
    }

    [Theory]
    [InlineData("", 0, "without a response")]
    [InlineData("HTP", 2, "HTTP/1.1")]
    [InlineData("HTTP/2.0 200 OK\r\n\r\n", 5, "HTTP/1.1")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", 9, "protocol")]
    [InlineData("HTTP/1.1 099 Too Low\r\n\r\n", 9, "200 to 599")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", 36, "within its head")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", 40, "Content-Length is 5")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", 36, "twice")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nhi", 17, "not a number")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nhi", 17, "not a number")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 36, "exclude")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", 45, "exclude")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 17, "only Transfer-Encoding")]
    [InlineData("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 47, "HTTP/1.0")]
    [InlineData("HTTP/1.1 200 OK\r\nName : value\r\n\r\n", 21, "field name")]
    [InlineData("HTTP/1.1 200 OK\r\nName: value\r\n folded\r\n\r\n", 30, "folding")]
    public async Task Invoke_MalformedHead_IsRefusedAtItsByte(string raw, long offset, string problem) => await ExpectRefusalAsync(raw, offset, problem);

    [Theory]
    [InlineData("x\r\n", 0, "hexadecimal")]
    [InlineData("\r\n", 0, "hexadecimal")]
    [InlineData("-1\r\n", 0, "hexadecimal")]
    [InlineData("0x5\r\nhello\r\n", 1, "extension")]
    [InlineData("1000000000000000\r\n", 15, "hexadecimal")]
    [InlineData("5\nhello\r\n", 1, "CRLF")]
    [InlineData("5 \r\nhello\r\n", 2, "extension")]
    [InlineData("0\r\nNo colon\r\n\r\n", 5, "trailer field")]
    [InlineData("5\r\nhello!\r\n", 8, "longer than its size")]
    [InlineData("5\r\nhel", 6, "within a chunked body")]
    [InlineData("5\r\nhello\r\n0\r\n", 13, "within a chunked body")]
    public async Task Invoke_MalformedChunk_BreaksTheBodyAtItsByte(string chunks, long offset, string problem)
    {
        const string Head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

        await ExpectRefusalAsync(Head + chunks, Head.Length + offset, problem);
    }

    [Fact]
    public async Task Invoke_ServerThatExitsInTheBody_BreaksTheBody()
    {
        var module = await _host.LoadGuestAsync("socket_server");
        await using var response = await InvokeAsync(module, "GET", "/exit", string.Empty, isLengthKnown: true);

        await FluentActions.Awaiting(() => ReadAsync(response)).Should().ThrowAsync<GuestExitException>();
        (await response.Awaiting(it => it.Completion).Should().ThrowAsync<GuestExitException>()).Which.ExitCode.Should().Be(3);
    }

    [Fact]
    public async Task Invoke_GuestThatNeverAccepts_HasNoResponse()
    {
        var module = await _host.LoadGuestAsync("empty");

        (await FluentActions.Awaiting(() => InvokeAsync(module, "GET", "/", string.Empty, isLengthKnown: true)).Should().ThrowAsync<GuestResponseException>())
            .Which.Message.Should().Contain("without a response");
    }

    [Fact]
    public async Task Invoke_OfSeveralAtOnce_EachGetsItsOwn()
    {
        var module = await _host.LoadGuestAsync("socket_server");

        var bodies = await Task.WhenAll(Enumerable.Range(0, 64).Select(async number =>
        {
            await using var response = await InvokeAsync(module, "POST", "/echo", $"number {number}", isLengthKnown: number % 2 == 0);
            return await ReadAsync(response);
        }));

        bodies.Should().Equal(Enumerable.Range(0, 64).Select(number => $"number {number}"));
    }

    [Fact]
    public async Task Invoke_RustServer_AnswersThoughItPanicsAtTheEnd()
    {
        var module = await _host.LoadGuestAsync("tcp_server");
        await using var response = await InvokeAsync(module, "POST", "/path", "body", isLengthKnown: true);

        (await ReadAsync(response)).Should().Be("POST /path HTTP/1.1: body");
        (await response.Completion.WaitAsync(TestHost.Patience)).ResponseBytes.Should().Be(25);
    }

    private static string Content(int length) => string.Create(length, 0, static (span, _) =>
    {
        for (var index = 0; index < span.Length; index++) span[index] = (char)('a' + (index % 26));
    });

    private static async Task<string> ReadAsync(InvocationResponse response)
    {
        using var body = new MemoryStream();
        await response.Body.CopyToAsync(body).WaitAsync(TestHost.Patience);
        return Encoding.UTF8.GetString(body.ToArray());
    }

    private async Task ExpectRefusalAsync(string raw, long offset, string problem)
    {
        var failure = await FluentActions.Awaiting(() => SendAsync("POST", "/raw", raw, isLengthKnown: true)).Should().ThrowAsync<GuestResponseException>();
        failure.Which.Message.Should().Contain(problem);
        (failure.Which.Path, failure.Which.Offset).Should().Be(("socket", offset));
    }

    private Task<(InvocationResponse Response, string Body)> GetAsync(string target) => SendAsync("GET", target, string.Empty, isLengthKnown: true);

    private async Task<(InvocationResponse Response, string Body)> SendAsync(string method, string target, string content, bool isLengthKnown)
    {
        var module = await _host.LoadGuestAsync("socket_server");
        await using var response = await InvokeAsync(module, method, target, content, isLengthKnown);
        var body = await ReadAsync(response);
        await response.Completion.WaitAsync(TestHost.Patience);
        return (response, body);
    }

    private Task<InvocationResponse> InvokeAsync(GuestModule module, string method, string target, string content, bool isLengthKnown)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        return _host.Host.InvokeAsync(module, new InvocationRequest
        {
            Interface = GuestInterface.Socket,
            Method = method,
            Target = target,
            Body = PipeReader.Create(new MemoryStream(bytes)),
            ContentLength = isLengthKnown ? bytes.Length : null,
        }).WaitAsync(TestHost.Patience);
    }
}
