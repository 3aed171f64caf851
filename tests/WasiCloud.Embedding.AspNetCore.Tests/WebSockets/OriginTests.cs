using System.Net;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests.WebSockets;

/// <summary>Which pages may open WebSockets (RFC 6455 section 10.2).</summary>
public class OriginTests
{
    private const string Upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    /// <summary>Host, origin, what the option has, and whether the WebSocket is there.</summary>
    public static TheoryData<string, string?, string, bool> Pages => new()
    {
        { "example.org", null, "", true },
        { "example.org", "http://example.org", "", true },
        { "example.org", "https://example.org", "", true },
        { "EXAMPLE.org", "http://example.ORG", "", true },
        { "example.org:80", "http://example.org", "", true },
        { "example.org:8080", "http://example.org:8080", "", true },
        { "[::1]:8080", "http://[::1]:8080", "", true },
        { "example.org", "http://example.org:8080", "", false },
        { "example.org:8080", "http://example.org", "", false },
        { "example.org", "http://evil.example.org", "", false },
        { "example.org", "http://example.org.evil.test", "", false },
        { "example.org", "http://evil.test", "", false },
        { "example.org", "http://user@example.org", "", false },
        { "example.org", "http://example.org/path", "", false },
        { "example.org", "ftp://example.org", "", false },
        { "example.org", "example.org", "", false },
        { "example.org", "null", "", false },
        { "example.org", "", "", false },
        { "example.org", "http://example.org, http://example.org", "", false },
        { "example.org", "http://example.org\r\nOrigin: http://evil.test", "", false },
        { "example.org", "https://app.test", "https://app.test", true },
        { "example.org", "HTTPS://APP.test:443", "https://app.test", true },
        { "example.org", "http://app.test", "https://app.test", false },
        { "example.org", "https://app.test:8443", "https://app.test", false },
        { "example.org", "http://example.org", "https://app.test", true },
        { "example.org", "https://xn--mnchen-3ya.test", "https://m\u00fcnchen.test", true },
        { "example.org", "http://evil.test", "*", true },
        { "example.org", "null", "*", true },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task WebSocket_OfAPage_IsThereIfThePageMayOpenIt(string host, string? origin, string allowed, bool isThere)
    {
        await using var server = await StartAsync(options => options.AllowedOrigins = allowed.Length == 0 ? [] : [allowed]);
        using var connection = await RawConnection.OpenAsync(server);

        await connection.SendAsync($"GET /socket HTTP/1.1\r\nHost: {host}\r\n{(origin is null ? string.Empty : $"Origin: {origin}\r\n")}{Upgrade}\r\n");

        (await connection.ReadHeadAsync()).Should().StartWith(isThere ? "HTTP/1.1 101 " : "HTTP/1.1 403 ");
    }

    [Fact]
    public async Task WebSocket_OfTls_IsNotForThePageWithoutTls()
    {
        // As behind a proxy that says by what scheme the client has come.
        await using var server = await StartAsync(static options => options.AllowedOrigins = [], static app => app.Use((context, next) =>
        {
            context.Request.Scheme = "https";
            return next(context);
        }));
        foreach (var (origin, status) in new[] { ("http://h", "403"), ("https://h", "101") })
        {
            using var connection = await RawConnection.OpenAsync(server);
            await connection.SendAsync($"GET /socket HTTP/1.1\r\nHost: h\r\nOrigin: {origin}\r\n{Upgrade}\r\n");
            (await connection.ReadHeadAsync()).Should().StartWith($"HTTP/1.1 {status} ");
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("example.org")]
    [InlineData("https://example.org/")]
    [InlineData("https://example.org/path")]
    [InlineData("https://*.example.org")]
    [InlineData("")]
    public Task Option_ThatIsNoOrigin_IsRefusedWhenTheRouteIsMapped(string entry) =>
        RefusesAsync(options => options.AllowedOrigins = [entry], nameof(GuestWebSocketOptions.AllowedOrigins));

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(25 * 24 * 3600)]
    public async Task KeepAlive_OutOfRange_IsRefusedWhenTheRouteIsMapped(int seconds)
    {
        var time = TimeSpan.FromSeconds(seconds);
        await RefusesAsync(options => options.KeepAliveInterval = time, nameof(GuestWebSocketOptions.KeepAliveInterval));
        await RefusesAsync(options => options.KeepAliveTimeout = time, nameof(GuestWebSocketOptions.KeepAliveTimeout));
    }

    [Fact]
    public async Task Refusal_IsTheServersAndSaysNothingOfTheInside()
    {
        await using var server = await StartAsync(static options => options.AllowedOrigins = []);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/socket");
        request.Headers.TryAddWithoutValidation("Origin", "http://evil.test");

        using var response = await server.Client.SendAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.UpgradeRequired, "it is no WebSocket at all");
        server.Log.Errors.Should().BeEmpty();
    }

    private static async Task RefusesAsync(Action<GuestWebSocketOptions> configure, string option) =>
        await FluentActions.Awaiting(() => StartAsync(configure)).Should().ThrowAsync<ArgumentException>().WithMessage($"*{option}*");

    private static Task<GuestServer> StartAsync(Action<GuestWebSocketOptions> configure, Action<WebApplication>? middleware = null) => new GuestServerBuilder()
        .WithServices(static services => services.AddWasiCloud().AddConnectionFiles())
        .WithMiddleware(app =>
        {
            middleware?.Invoke(app);
            app.UseWebSockets();
        })
        .MapWebSocket("/socket", TestGuests.EchoMessages, configure)
        .StartAsync();
}
