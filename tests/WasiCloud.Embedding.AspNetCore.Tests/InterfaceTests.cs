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
        await using var server = await new GuestServerBuilder()
            .Map("/{**path}", TestGuests.Named("socket_server"), options => options.Interface = GuestInterface.Socket).StartAsync();

        (await server.ClientOf(version).GetStringAsync("/some/path?query")).Should().Be("GET /some/path?query");
        using var response = await server.ClientOf(version).PostAsync("/echo", new StringContent("body"));
        (await response.Content.ReadAsStringAsync()).Should().Be("body");
    }

    [Fact]
    public async Task Request_InChunks_ReachesTheGuestInChunks()
    {
        await using var server = await new GuestServerBuilder()
            .Map("/{**path}", TestGuests.Named("socket_server"), options => options.Interface = GuestInterface.Socket).StartAsync();
        using var content = new DuplexContent();
        var sending = server.ClientOf(2)
            .SendAsync(new HttpRequestMessage(HttpMethod.Post, "/echo")
            {
                Content = content,
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact
            }, HttpCompletionOption.ResponseHeadersRead);
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
        await using var server = await new GuestServerBuilder()
            .Map("/{**path}", TestGuests.Named("socket_server"), options => options.Interface = GuestInterface.Socket).StartAsync();

        using var response = await server.Client.PostAsync("/raw", new StringContent("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"));

        response.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        (await response.Content.ReadAsStringAsync()).Should().NotContain("Content-Length");
        (await server.Log.FirstAsync()).Exception!.Message.Should().Be("socket, byte 36: Content-Length was given twice");
    }

    [Fact]
    public async Task Response_ThatTheGuestBreaksOff_IsBrokenForTheClient()
    {
        await using var server = await new GuestServerBuilder()
            .Map("/{**path}", TestGuests.Named("socket_server"), options => options.Interface = GuestInterface.Socket).StartAsync();

        await FluentActions.Awaiting(() => server.Client.GetStringAsync("/exit")).Should().ThrowAsync<HttpRequestException>();
    }

    [Fact]
    public async Task Request_ToACgiProgram_TellsItWhereItIs()
    {
        await using var server = await new GuestServerBuilder()
            .Map("/cgi-bin/tool/{**path}", TestGuests.Named("cgi"), options => options.Interface = GuestInterface.Cgi).StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Put, "/cgi-bin/tool/a/b?query")
        {
            Content = new StringContent("input", Encoding.UTF8, "text/plain"),
        };

        using var response = await server.Client.SendAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.Created);
        (await response.Content.ReadAsStringAsync()).Should()
            .Be("method=PUT script=/cgi-bin/tool path=/a/b query=query type=text/plain; charset=utf-8 " +
                "length=5 agent=(none) address=127.0.0.1 args= body=input");
    }

    [Fact]
    public async Task Field_WithUnderscore_IsNoVariableOfACgiProgram()
    {
        await using var server = await StartCgiAsync();
        using var connection = await RawConnection.OpenAsync(server);

        await connection.SendAsync("GET /x HTTP/1.1\r\nHost: h\r\nUser-Agent: alice\r\nUser_Agent: admin\r\nUSER_agent: root\r\n\r\n");
        await connection.ReadHeadAsync();

        (await connection.ReadChunksAsync()).Should().Contain(" agent=alice ");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Body_OfUnknownLength_IsToldToACgiProgramWithItsLength(int version)
    {
        await using var server = await StartCgiAsync();

        using var response = await SendPiecesAsync(server, version, "01234", "56789");

        (await response.Content.ReadAsStringAsync()).Should().Contain(" length=10 ").And.EndWith(" body=0123456789");
    }

    [Theory]
    [InlineData(1, 9, HttpStatusCode.RequestEntityTooLarge)]
    [InlineData(2, 9, HttpStatusCode.RequestEntityTooLarge)]
    [InlineData(1, 0, HttpStatusCode.LengthRequired)]
    [InlineData(2, 0, HttpStatusCode.LengthRequired)]
    public async Task Body_OfUnknownLengthBeyondTheLimit_IsRefused(int version, int limit, HttpStatusCode status)
    {
        await using var server = await StartCgiAsync(options => options.MaxSpooledBodyBytes = limit);

        using var refused = await SendPiecesAsync(server, version, "01234", "56789");
        refused.StatusCode.Should().Be(status);

        // What the one has held is given back, and the connection still serves.
        for (var run = 0; run < 3; run++)
        {
            using var response = await server.ClientOf(version).PutAsync("/x", new StringContent("0123456789"));
            (await response.Content.ReadAsStringAsync()).Should().EndWith(" body=0123456789");
        }
    }

    [Fact]
    public async Task Body_OfUnknownLengthThatIsMalformed_IsBadRequest()
    {
        await using var server = await StartCgiAsync();
        using var connection = await RawConnection.OpenAsync(server);

        await connection.SendAsync("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nnonsense\r\n");

        (await connection.ReadHeadAsync()).Should().StartWith("HTTP/1.1 400 ");
    }

    [Theory]
    [InlineData("\r\nhello\n")]
    [InlineData("\r\n")]
    [InlineData("\n")]
    public async Task Output_WithoutAField_IsBadGateway(string output)
    {
        await using var server = await StartCgiAsync();

        using var response = await server.Client.PostAsync("/raw", new StringContent(output));

        response.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        (await server.Log.FirstAsync()).Exception!.Message.Should().Contain("/dev/stdout, byte 0: the output of a CGI program begins with at least one field");
    }

    [Theory]
    [InlineData("-s", "")]
    [InlineData("-d+allow_url_include%3d1", "")]
    [InlineData("a=b", "")]
    [InlineData("a+b%20c", "")]
    public async Task Query_OfACgiProgram_IsNoArgument(string query, string arguments)
    {
        await using var server = await StartCgiAsync();

        (await server.Client.GetStringAsync("/x?" + query)).Should().Contain($" args={arguments} body=");
    }

    [Theory]
    [InlineData("a+b%20c+d", "[a][b c][d]")]
    [InlineData("word", "[word]")]
    [InlineData("a%3Db", "[a=b]")]
    [InlineData("a=b", "")]
    [InlineData("a+b&c=d", "")]
    [InlineData("-s", "")]
    [InlineData("a+-s", "")]
    [InlineData("%2Ds", "")]
    [InlineData("a+%2ds", "")]
    [InlineData("a%00b", "")]
    public async Task Query_OfACgiProgramThatWantsIt_IsArgumentsAsInRfc3875(string query, string arguments)
    {
        await using var server = await StartCgiAsync(options => options.ArgumentsFromQuery = true);

        (await server.Client.GetStringAsync("/x?" + query)).Should().Contain($" args={arguments} body=");
    }

    private static Task<GuestServer> StartCgiAsync(Action<GuestEndpointOptions>? configure = null) =>
        new GuestServerBuilder().Map("/{**path}", TestGuests.Named("cgi"), options =>
        {
            options.Interface = GuestInterface.Cgi;
            configure?.Invoke(options);
        }).StartAsync();

    private static async Task<HttpResponseMessage> SendPiecesAsync(GuestServer server, int version, params string[] pieces)
    {
        using var content = new DuplexContent();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/x")
        {
            Content = content,
            Version = version == 1 ? HttpVersion.Version11 : HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (version == 1) request.Headers.TransferEncodingChunked = true;
        var sending = server.ClientOf(version).SendAsync(request);
        try
        {
            foreach (var piece in pieces) await content.SendAsync(piece);
        }
        catch (IOException)
        {
            // Refused before it was sent.
        }

        await content.CompleteAsync();
        return await sending;
    }
}
