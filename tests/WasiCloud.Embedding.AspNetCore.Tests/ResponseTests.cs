using System.Net;
using FluentAssertions;
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
        await using var server = await new GuestServerBuilder().Map("/go", Guests.Named("hello")).StartAsync();

        using var response = await server.ClientOf(version).SendAsync(
            new HttpRequestMessage(HttpMethod.Head, "/go") { Version = new Version(version, version == 1 ? 1 : 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact });

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
    [InlineData("HTTP/1.1 200 OK\r\nX-Name: caf\u00e9\r\nX-Secret: inside\r\n\r\n")]
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
    [InlineData(1, "\r\npartial", Guests.Trap)]
    [InlineData(2, "\r\npartial", Guests.Trap)]
    [InlineData(1, "Content-Length: 100\r\n\r\npartial", Guests.Close)]
    [InlineData(2, "Content-Length: 100\r\n\r\npartial", Guests.Close)]
    public async Task Response_GuestFailsMidway_NeverLooksComplete(int version, string rest, string end)
    {
        await using var server = await new GuestServerBuilder().Map("/", Guests.SendBodyAsResponseAnd(end)).StartAsync();
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
        await using var server = await new GuestServerBuilder().Map("/", Guests.SendBodyAsResponseAnd(Guests.Close + Guests.Trap)).StartAsync();
        using var content = new StringContent("HTTP/1.1 200 OK\r\n\r\ndone");

        using var response = await server.Client.PostAsync("/", content);

        (await response.Content.ReadAsStringAsync()).Should().Be("done");
        (await server.Log.FirstAsync()).Exception.Should().BeOfType<GuestTrapException>();
    }

    private static async Task<HttpResponseMessage> SendAsync(string text, int version)
    {
        await using var server = await StartAsync();
        using var content = new StringContent(text);
        return await server.ClientOf(version).PostAsync("/", content);
    }

    private static Task<GuestServer> StartAsync() => new GuestServerBuilder().Map("/", Guests.SendBodyAsResponse).StartAsync();
}
