using System.Net;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>Guests that get their requests on a socket or as CGI programs, behind Kestrel.</summary>
public class InterfaceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Request_ToAGuestOnASocket_IsAnswered(int version)
    {
        await using var server = await new GuestServerBuilder().Map("/{**path}", Guests.Named("socket_server"), options => options.Interface = GuestInterface.Socket).StartAsync();

        (await server.ClientOf(version).GetStringAsync("/some/path?query")).Should().Be("GET /some/path?query");
        using var response = await server.ClientOf(version).PostAsync("/echo", new StringContent("body"));
        (await response.Content.ReadAsStringAsync()).Should().Be("body");
    }

    [Fact]
    public async Task Request_InChunks_ReachesTheGuestInChunks()
    {
        await using var server = await new GuestServerBuilder().Map("/{**path}", Guests.Named("socket_server"), options => options.Interface = GuestInterface.Socket).StartAsync();
        using var content = new DuplexContent();
        var sending = server.ClientOf(2).SendAsync(new HttpRequestMessage(HttpMethod.Post, "/echo") { Content = content, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact }, HttpCompletionOption.ResponseHeadersRead);
        await content.SendAsync("first ");
        using var response = await sending;
        response.Content.Headers.ContentLength.Should().BeNull();

        await content.SendAsync("second");
        await content.CompleteAsync();

        (await response.Content.ReadAsStringAsync()).Should().Be("first second");
    }

    [Fact]
    public async Task Response_Malformed_Is502AndLoggedWithItsByte()
    {
        await using var server = await new GuestServerBuilder().Map("/{**path}", Guests.Named("socket_server"), options => options.Interface = GuestInterface.Socket).StartAsync();

        using var response = await server.Client.PostAsync("/raw", new StringContent("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"));

        response.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        (await response.Content.ReadAsStringAsync()).Should().NotContain("Content-Length");
        (await server.Log.FirstAsync()).Exception!.Message.Should().Be("socket, byte 36: Content-Length was given twice");
    }

    [Fact]
    public async Task Response_ThatTheGuestBreaksOff_IsBrokenForTheClient()
    {
        await using var server = await new GuestServerBuilder().Map("/{**path}", Guests.Named("socket_server"), options => options.Interface = GuestInterface.Socket).StartAsync();

        await FluentActions.Awaiting(() => server.Client.GetStringAsync("/exit")).Should().ThrowAsync<HttpRequestException>();
    }

    [Fact]
    public async Task Request_ToACgiProgram_TellsItWhereItIs()
    {
        await using var server = await new GuestServerBuilder().Map("/cgi-bin/tool/{**path}", Guests.Named("cgi"), options => options.Interface = GuestInterface.Cgi).StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Put, "/cgi-bin/tool/a/b?query") { Content = new StringContent("input", Encoding.UTF8, "text/plain") };

        using var response = await server.Client.SendAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.Created);
        (await response.Content.ReadAsStringAsync()).Should()
            .Be("method=PUT script=/cgi-bin/tool path=/a/b query=query type=text/plain; charset=utf-8 length=5 agent=(none) address=127.0.0.1 args=[query] body=input");
    }
}
