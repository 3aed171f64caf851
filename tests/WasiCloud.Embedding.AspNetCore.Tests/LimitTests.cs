using System.Net;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

public sealed class LimitTests
{
    [Fact]
    public async Task Time_Exceeded_IsGatewayTimeout()
    {
        await using var server = await new GuestServerBuilder().Map("/", TestGuests.Named("loop"), options => options.Timeout = TimeSpan.FromMilliseconds(50))
            .StartAsync();

        using var response = await server.Client.GetAsync("/");

        response.StatusCode.Should().Be(HttpStatusCode.GatewayTimeout);
        (await server.Log.FirstAsync()).Exception.Should().BeOfType<GuestLimitException>().Which.Limit.Should().Be(GuestLimit.Time);
    }

    [Fact]
    public async Task RequestTimeout_OfTheApplication_EndsTheGuestAndAnswers()
    {
        await using var server = await new GuestServerBuilder().Map("/", TestGuests.Named("loop"))
            .WithServices(services =>
                services.AddRequestTimeouts(options => options.DefaultPolicy = new() { Timeout = TimeSpan.FromMilliseconds(50), TimeoutStatusCode = 599 }))
            .WithMiddleware(app => app.UseRequestTimeouts())
            .StartAsync();

        using var response = await server.Client.GetAsync("/");

        ((int)response.StatusCode).Should().Be(599, "the middleware answers, as it does for any endpoint that it cancelled");
        server.Log.Errors.Should().BeEmpty();
    }

    [Fact]
    public async Task Concurrency_Exceeded_IsServiceUnavailable()
    {
        await using var server = await new GuestServerBuilder().Map("/", TestGuests.Named("echo"))
            .WithLimits(options => (options.MaxConcurrentInvocations, options.QueueTimeout) = (1, TimeSpan.Zero)).StartAsync();
        using var connection = await RawConnection.OpenAsync(server);
        await connection.SendAsync("POST / HTTP/1.1\r\nHost: guest\r\nContent-Length: 2\r\n\r\n1");
        await connection.ReadHeadAsync();

        using var response = await server.Client.GetAsync("/");

        response.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter!.Delta.Should().BePositive();
    }

    [Fact]
    public async Task Output_Exceeded_CutsTheConnection()
    {
        await using var server = await new GuestServerBuilder().MapFault("/", "flood").WithLimits(options => options.MaxResponseBytes = 1 << 20).StartAsync();

        var read = () => server.Client.GetByteArrayAsync("/");

        await read.Should().ThrowAsync<HttpRequestException>();
        (await server.Log.FirstAsync()).Exception.Should().BeOfType<GuestLimitException>().Which.Limit.Should().Be(GuestLimit.Output);
    }

    [Theory]
    [InlineData("Content-Length: 2000", "")]
    [InlineData("Transfer-Encoding: chunked", "7d0\r\n")]
    public async Task RequestBody_TooLarge_IsContentTooLarge(string framing, string chunk)
    {
        await using var server = await StartEchoAsync();
        using var connection = await RawConnection.OpenAsync(server);

        await connection.SendAsync($"POST / HTTP/1.1\r\nHost: guest\r\n{framing}\r\n\r\n{chunk}{new string('x', 2000)}");
        var head = await connection.ReadHeadAsync();

        head.Should().StartWith("HTTP/1.1 413 ").And.Contain("application/problem+json");
        (await server.Log.FirstAsync()).Level.Should().Be(LogLevel.Debug);
        server.Log.Errors.Should().BeEmpty("the guest is not to blame");
    }

    [Fact]
    public async Task RequestBody_Malformed_IsBadRequest()
    {
        await using var server = await StartEchoAsync();
        using var connection = await RawConnection.OpenAsync(server);

        await connection.SendAsync("POST / HTTP/1.1\r\nHost: guest\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n");
        var head = await connection.ReadHeadAsync();

        head.Should().StartWith("HTTP/1.1 400 ");
        server.Log.Errors.Should().BeEmpty();
    }

    private static Task<GuestServer> StartEchoAsync() =>
        new GuestServerBuilder().Map("/", TestGuests.Named("echo")).WithServerLimits(limits => limits.MaxRequestBodySize = 1000).StartAsync();
}
