using FluentAssertions;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

public sealed class RequestTests
{
    [Theory]
    [InlineData("/show/a%2Fb%20c?x=1&x=%20&y", "/show/a%2Fb%20c?x=1&x=%20&y")]
    [InlineData("http://guest.example/show/absolute?q=1", "/show/absolute?q=1")]
    [InlineData("/show/?url=http://other.example/", "/show/?url=http://other.example/")]
    public async Task Target_AsReceived_IsSeenInOriginForm(string sent, string seen)
    {
        var request = await ShowAsync($"GET {sent} HTTP/1.1\r\nHost: guest.example\r\n\r\n");

        request.Should().StartWith($"GET {seen} HTTP/1.1\r\nHost: guest.example\r\n");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Fields_Repeated_AreAllSeen(int version)
    {
        await using var server = await new GuestServerBuilder().Map("/", TestGuests.ShowRequest).StartAsync();
        using var message = new HttpRequestMessage(HttpMethod.Get, "/");
        message.Headers.TryAddWithoutValidation("X-Note", ["one", "two, three"]);

        using var response = await server.ClientOf(version).SendAsync(Of(message, version));
        var request = await response.Content.ReadAsStringAsync();

        request.ToUpperInvariant().Should().Contain("X-NOTE: ONE").And.Contain("TWO, THREE");
        request.Should().NotContain("\r\n:", "pseudo-header fields are no fields");
    }

    [Fact]
    public async Task Fields_OfTheConnection_AreNotSeen()
    {
        var request = await ShowAsync(
            "POST / HTTP/1.1\r\nHost: guest.example\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nTrailer: X-End\r\n" +
            "Proxy-Connection: keep-alive\r\nTransfer-Encoding: chunked\r\nX-Kept: yes\r\n\r\n2\r\nhi\r\n0\r\n\r\n");

        request.Should().Be(
            "POST / HTTP/1.1\r\nHost: guest.example\r\nX-Kept: yes\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "the framing is the host's");
    }

    [Fact]
    public async Task Fields_OutsideAscii_AreSeenAsUtf8()
    {
        var request = await ShowAsync("GET / HTTP/1.1\r\nHost: guest.example\r\nX-Name: caf\u00c3\u00a9\r\n\r\n");

        request.Should().Contain("X-Name: caf\u00e9\r\n");
    }

    [Theory]
    [InlineData("GET /\t HTTP/1.1\r\nHost: guest.example\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: guest.example\r\nX(Name: value\r\n\r\n")]
    public async Task Request_MalformedButAcceptedByTheServer_IsRefused(string request)
    {
        await using var server = await new GuestServerBuilder().Map("/{**rest}", TestGuests.ShowRequest).StartAsync();
        using var connection = await RawConnection.OpenAsync(server);

        await connection.SendAsync(request);
        var head = await connection.ReadHeadAsync();

        head.Should().StartWith("HTTP/1.1 400 ");
        server.Log.Errors.Should().BeEmpty();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Body_Absent_IsEmpty(int version)
    {
        await using var server = await new GuestServerBuilder().Map("/", TestGuests.Named("echo")).StartAsync();

        using var response = await server.ClientOf(version).GetAsync("/");

        response.IsSuccessStatusCode.Should().BeTrue();
        (await response.Content.ReadAsByteArrayAsync()).Should().BeEmpty();
    }

    private static async Task<string> ShowAsync(string request)
    {
        await using var server = await new GuestServerBuilder().Map("/{**rest}", TestGuests.ShowRequest).StartAsync();
        using var connection = await RawConnection.OpenAsync(server);
        await connection.SendAsync(request);
        (await connection.ReadHeadAsync()).Should().StartWith("HTTP/1.1 200 ");
        return await connection.ReadChunksAsync();
    }

    private static HttpRequestMessage Of(HttpRequestMessage message, int version)
    {
        (message.Version, message.VersionPolicy) = (new Version(version, version == 1 ? 1 : 0), HttpVersionPolicy.RequestVersionExact);
        return message;
    }
}
