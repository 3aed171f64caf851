using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Http.Cgi;

/// <summary>CGI programs, as <c>guests/c/cgi.c</c> is one.</summary>
public sealed class CgiGuestTests : IAsyncTest
{
    private readonly TestHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Invoke_Request_IsInVariablesArgumentsAndInput()
    {
        var (response, body) = await SendAsync(new InvocationRequest
        {
            Interface = GuestInterface.Cgi,
            Method = "POST",
            Target = "/cgi-bin/tool/a%20b?name=value&flag",
            ScriptName = "/cgi-bin/tool",
            RemoteAddress = "192.0.2.1",
            Headers = new MessageHeaders { { "Content-Type", "text/plain" }, { "User-Agent", "test" }, { "Authorization", "Basic secret" } },
            Body = PipeReader.Create(new MemoryStream("input"u8.ToArray())),
            ContentLength = 5,
        });

        response.StatusCode.Should().Be(201);
        response.Headers.GetValue("Status").Should().BeNull();
        body.Should().Be("method=POST script=/cgi-bin/tool path=/a b query=name=value&flag type=text/plain length=5 agent=test address=192.0.2.1 args= " +
            "body=input");
    }

    [Fact]
    public async Task Invoke_LocationAlone_Redirects()
    {
        var (response, body) = await SendAsync(new InvocationRequest { Interface = GuestInterface.Cgi, Target = "/redirect" });

        (response.StatusCode, response.Headers.GetValue("Location"), body).Should().Be((302, "https://example.org/", string.Empty));
    }

    [Theory]
    [InlineData("", 0, "within its head")]
    [InlineData("\n", 0, "at least one field")]
    [InlineData("\r\nbody", 0, "at least one field")]
    [InlineData("Content-Type: text/plain\n", 25, "within its head")]
    [InlineData("Status: 20\n\n", 10, "three digits")]
    [InlineData("Status:\n\n", 7, "three digits")]
    [InlineData("Status: 200\nStatus: 200\n\n", 12, "twice")]
    [InlineData("Status: 999\n\n", 8, "200 to 599")]
    [InlineData("No colon\n\n", 2, "field name")]
    [InlineData("Transfer-Encoding: chunked\n\n", 0, "Transfer-Encoding")]
    [InlineData("Content-Length: 3\n\nlonger", 22, "longer than Content-Length")]
    public async Task Invoke_MalformedOutput_IsRefusedAtItsByte(string raw, long offset, string problem)
    {
        var failure = await FluentActions.Awaiting(() => SendAsync(new InvocationRequest
        {
            Interface = GuestInterface.Cgi,
            Method = "POST",
            Target = "/raw",
            Body = PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(raw))),
            ContentLength = raw.Length,
        })).Should().ThrowAsync<GuestResponseException>();

        failure.Which.Message.Should().Contain(problem);
        (failure.Which.Path, failure.Which.Offset).Should().Be(("/dev/stdout", offset));
    }

    [Fact]
    public async Task Invoke_BodyOfUnknownLength_IsRefused() =>
        await FluentActions.Awaiting(() =>
            SendAsync(new InvocationRequest { Interface = GuestInterface.Cgi, Method = "POST", Body = PipeReader.Create(Stream.Null) }))
            .Should().ThrowAsync<ArgumentException>().WithMessage("*length*RFC 3875*");

    [Theory]
    [InlineData("/cgi/tool/a", "/cgi/tool", "/cgi/tool", "/a")]
    [InlineData("/CGI/Tool/a", "/cgi/tool", "/cgi/tool", "/a")]
    [InlineData("/cgi/to%6Fl/a%2Fb", "/cgi/tool", "/cgi/tool", "/a%2Fb")]
    [InlineData("/cgi/toolbox/a", "/cgi/tool", "", "/cgi/toolbox/a")]
    [InlineData("/cgi/tool", "/cgi/tool", "/cgi/tool", "")]
    [InlineData("/a", "", "", "/a")]
    public async Task Invoke_ScriptName_IsAPartOfThePathAtASlash(string target, string scriptName, string script, string info)
    {
        var (_, body) = await SendAsync(new InvocationRequest { Interface = GuestInterface.Cgi, Target = target, ScriptName = scriptName });

        body.Should().StartWith($"method=GET script={script} path={info} query=");
    }

    private async Task<(InvocationResponse Response, string Body)> SendAsync(InvocationRequest request)
    {
        var module = await _host.LoadGuestAsync("cgi");
        await using var response = await _host.Host.InvokeAsync(module, request).WaitAsync(TestHost.Patience);
        using var body = new MemoryStream();
        await response.Body.CopyToAsync(body).WaitAsync(TestHost.Patience);
        await response.Completion.WaitAsync(TestHost.Patience);
        return (response, Encoding.UTF8.GetString(body.ToArray()));
    }
}
