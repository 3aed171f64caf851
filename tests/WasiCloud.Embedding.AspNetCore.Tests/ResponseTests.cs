using System.Net;
using System.Text;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>The guest sends the request's body as the whole response.</summary>
public sealed class ResponseTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Response_StatusAndRepeatedFields_AreSent(int version)
    {
        using var response = await SendAsync("HTTP/1.1 418 Teapot\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 3\r\n\r\ntea", version);

        response.StatusCode.Should().Be((HttpStatusCode)418);
        response.Headers.GetValues("Set-Cookie").Should().Equal("a=1", "b=2");
        response.Content.Headers.ContentLength.Should().Be(3);
        (await response.Content.ReadAsStringAsync()).Should().Be("tea");
    }

    [Theory]
    [InlineData(1, 204)]
    [InlineData(1, 304)]
    [InlineData(2, 204)]
    [InlineData(2, 304)]
    public async Task Response_WithoutBody_IsSent(int version, int status)
    {
        using var response = await SendAsync($"HTTP/1.1 {status} X\r\nETag: \"1\"\r\n\r\n", version);

        ((int)response.StatusCode).Should().Be(status);
        response.Headers.ETag!.Tag.Should().Be("\"1\"");
        (await response.Content.ReadAsByteArrayAsync()).Should().BeEmpty();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Head_GuestThatWritesABody_HasNone(int version)
    {
        await using var server = await new GuestServerBuilder().Map("/go", TestGuests.Named("hello")).StartAsync();

        using var response = await server.ClientOf(version).SendAsync(
            new HttpRequestMessage(HttpMethod.Head, "/go")
            {
                Version = new Version(version, version == 1 ? 1 : 0),
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            });

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentLength.Should().BePositive();
        (await response.Content.ReadAsByteArrayAsync()).Should().BeEmpty();
    }

    [Theory]
    [InlineData("HTTP/1.1 99 Low\r\n\r\n")]
    [InlineData("nonsense\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Name: caf\u0001\r\nX-Secret: inside\r\n\r\n")]
    public async Task Response_Malformed_IsBadGateway(string text)
    {
        await using var server = await StartAsync();
        using var content = new StringContent(text);

        using var response = await server.Client.PostAsync("/", content);
        var entry = await server.Log.FirstAsync();

        response.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        response.Headers.Contains("X-Secret").Should().BeFalse();
        entry.Level.Should().Be(LogLevel.Error);
        entry.Exception.Should().NotBeNull();
    }

    [Theory]
    [InlineData(1, "\r\npartial", TestGuests.Trap)]
    [InlineData(2, "\r\npartial", TestGuests.Trap)]
    [InlineData(1, "Content-Length: 100\r\n\r\npartial", TestGuests.Close)]
    [InlineData(2, "Content-Length: 100\r\n\r\npartial", TestGuests.Close)]
    public async Task Response_GuestFailsMidway_NeverLooksComplete(int version, string rest, string end)
    {
        await using var server = await new GuestServerBuilder().Map("/", TestGuests.SendBodyAsResponseAnd(end)).StartAsync();
        using var content = new StringContent("HTTP/1.1 200 OK\r\n" + rest);

        var read = async () =>
        {
            using var response = await server.ClientOf(version).PostAsync("/", content);
            await response.Content.ReadAsByteArrayAsync();
        };

        await read.Should().ThrowAsync<HttpRequestException>();
        var entry = await server.Log.FirstAsync();
        entry.Level.Should().Be(LogLevel.Error);
        entry.Exception.Should().BeAssignableTo<GuestException>();
        server.Log.Errors.Should().ContainSingle();
    }

    [Fact]
    public async Task Response_GuestTrapsAfterItsEnd_StaysComplete()
    {
        await using var server = await new GuestServerBuilder().Map("/", TestGuests.SendBodyAsResponseAnd(TestGuests.Close + TestGuests.Trap)).StartAsync();
        using var content = new StringContent("HTTP/1.1 200 OK\r\n\r\ndone");

        using var response = await server.Client.PostAsync("/", content);

        (await response.Content.ReadAsStringAsync()).Should().Be("done");
        (await server.Log.FirstAsync()).Exception.Should().BeOfType<GuestTrapException>();
    }

    [Theory]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 11\r\n\r\n", 204, null)]
    [InlineData("HTTP/1.1 205 Reset Content\r\nContent-Length: 11\r\n\r\n", 205, "0")]
    [InlineData("HTTP/1.1 205 Reset Content\r\n\r\n", 205, "0")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 42\r\n\r\n", 304, "42")]
    public async Task Response_WithoutBodyThatAnnouncesOne_HasTheLengthOfItsStatus(string text, int status, string? length)
    {
        await using var server = await StartAsync();
        using var connection = await RawConnection.OpenAsync(server);

        // Twice: a length that is wrong would swallow the second.
        for (var run = 0; run < 2; run++)
        {
            await connection.SendAsync($"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {text.Length}\r\n\r\n{text}");
            var head = await connection.ReadHeadAsync();

            head.Should().StartWith($"HTTP/1.1 {status} ");
            if (length is null) head.Should().NotContainEquivalentOf("content-length");
            else head.Should().ContainEquivalentOf($"content-length: {length}\n");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Response_FieldOfUtf8_IsSentAsItIs(int version)
    {
        using var response = await SendAsync("HTTP/1.1 200 OK\r\nX-Name: G\u00f6rkem \u20ac\r\nContent-Length: 3\r\n\r\nok\n", version);

        response.StatusCode.Should().Be(HttpStatusCode.OK);

        // .NET's client takes every byte for a character.
        var value = response.Headers.GetValues("X-Name").Single();
        Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(value)).Should().Be("G\u00f6rkem \u20ac");
    }

    [Fact]
    public async Task Response_FieldOfUtf8_WithAnEncodingOfTheApplication_HasThat()
    {
        await using var server = await new GuestServerBuilder()
            .WithServices(services =>
                services.Configure<KestrelServerOptions>(options => options.ResponseHeaderEncodingSelector = name => name == "X-Name" ? Encoding.Latin1 : null))
            .Map("/", TestGuests.SendBodyAsResponse).StartAsync();

        using var response =
            await server.Client.PostAsync("/", new StringContent("HTTP/1.1 200 OK\r\nX-Name: G\u00f6rkem\r\nX-Other: \u20ac\r\nContent-Length: 0\r\n\r\n"));

        response.Headers.GetValues("X-Name").Should().Equal("G\u00f6rkem");
        Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(response.Headers.GetValues("X-Other").Single())).Should().Be("\u20ac");
    }

    [Fact]
    public async Task Response_FieldsOfTheApplication_AreNotTheGuests()
    {
        const string Text = "HTTP/1.1 200 OK\r\nserver: guest\r\nSTRICT-TRANSPORT-SECURITY: max-age=0\r\nAlt-Svc: clear\r\nX-Kept: yes\r\nContent-Length: " +
            "0\r\n\r\n";
        await using var server = await new GuestServerBuilder().WithMiddleware(static app => app.Use((context, next) =>
            {
                context.Response.Headers.Server = "application";
                return next(context);
            }))
            .Map("/", TestGuests.SendBodyAsResponse).Map("/open", TestGuests.SendBodyAsResponse, options => options.ReservedResponseFields.Clear())
                .StartAsync();

        using var closed = await server.Client.PostAsync("/", new StringContent(Text));
        using var open = await server.Client.PostAsync("/open", new StringContent(Text));

        closed.Headers.GetValues("Server").Should().Equal("application");
        closed.Headers.Select(field => field.Key).Should().NotContain(["Strict-Transport-Security", "Alt-Svc"]).And.Contain("X-Kept");
        open.Headers.Select(field => field.Key).Should().Contain(["Strict-Transport-Security", "Alt-Svc"]);
    }

    private static async Task<HttpResponseMessage> SendAsync(string text, int version)
    {
        await using var server = await StartAsync();
        using var content = new StringContent(text);
        return await server.ClientOf(version).PostAsync("/", content);
    }

    private static Task<GuestServer> StartAsync() => new GuestServerBuilder().Map("/", TestGuests.SendBodyAsResponse).StartAsync();
}
