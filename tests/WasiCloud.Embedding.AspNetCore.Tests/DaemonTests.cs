using System.Globalization;
using System.Net;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>Daemons behind Kestrel: Go's <c>net/http</c>, and a server in C that takes one connection at a time.</summary>
public class DaemonTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Requests_AreServedByOneGuest(int version)
    {
        await using var server = await StartAsync("http_server");
        var client = server.ClientOf(version);

        var counts = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ => int.Parse(await client.GetStringAsync("/count"), CultureInfo.InvariantCulture)));

        counts.Should().BeEquivalentTo(Enumerable.Range(1, 50));
        (await client.GetStringAsync("/path?query")).Should().Be($"GET {client.BaseAddress!.Authority} /path?query");
    }

    [Fact]
    public async Task Response_Streams_WhileTheRequestDoes()
    {
        await using var server = await StartAsync("http_server");
        using var content = new DuplexContent();
        var sending = server.ClientOf(2).SendAsync(new HttpRequestMessage(HttpMethod.Post, "/duplex") { Content = content, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact }, HttpCompletionOption.ResponseHeadersRead);
        await content.SendAsync("some");
        using var response = await sending;
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        (await reader.ReadLineAsync()).Should().Be("first");

        await content.SendAsync(" more");
        await content.CompleteAsync();

        (await reader.ReadLineAsync()).Should().Be("9 <nil>");
    }

    [Fact]
    public async Task Guest_CrashingInAResponse_BreaksItAndTheNextIsServed()
    {
        await using var server = await StartAsync("http_server");

        await FluentActions.Awaiting(() => server.Client.GetStringAsync("/crash")).Should().ThrowAsync<HttpRequestException>();

        (await server.Client.GetStringAsync("/count")).Should().Be("1");
    }

    [Fact]
    public async Task Response_Malformed_Is502AndTheDaemonGoesOn()
    {
        await using var server = await StartAsync("socket_server");

        using var response = await server.Client.PostAsync("/raw", new StringContent("not HTTP\r\n\r\n"));

        response.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        (await server.Client.GetStringAsync("/after")).Should().Be("GET /after");
    }

    [Fact]
    public async Task Requests_AsFiles_AreServedByOneGuest()
    {
        await using var server = await StartAsync("http_files", GuestInterface.Files);

        (await server.Client.GetStringAsync("/path?query")).Should().Be("/path?query");
        using var echoed = await server.Client.PostAsync("/echo", new StringContent(new string('x', 300_000)));
        (await echoed.Content.ReadAsStringAsync()).Should().Be(new string('x', 300_000));
        using var missing = await server.Client.GetAsync("/status");
        (missing.StatusCode, missing.Headers.GetValues("x-guest").Single()).Should().Be((HttpStatusCode.NotFound, "files"));
        using var malformed = await server.Client.GetAsync("/malformed");
        malformed.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        await FluentActions.Awaiting(() => server.Client.GetStringAsync("/exit")).Should().ThrowAsync<HttpRequestException>("a response that breaks off does not look complete");
        (await server.Client.GetStringAsync("/after")).Should().Be("/after");
    }

    [Fact]
    public async Task Health_TellsWhatTheDaemonDoes()
    {
        await using var server = await StartAsync("socket_server");
        await server.Client.GetStringAsync("/");

        (await server.Client.GetStringAsync("/health")).Should().Be("Healthy: daemon:go=go is Running.");
    }

    private static Task<GuestServer> StartAsync(string guest, GuestInterface way = GuestInterface.Socket) => new GuestServerBuilder()
        .WithServices(services =>
        {
            services.AddWasiCloud().AddDaemonHttp().AddDaemon(
                "go",
                (provider, cancellationToken) => provider.GetRequiredService<IInvocationHost>().LoadAsync(Guests.Named(guest), guest, cancellationToken),
                options => (options.MinRestartDelay, options.Interface) = (TimeSpan.Zero, way));
            services.AddHealthChecks().AddGuestDaemons();
        })
        .WithMiddleware(app =>
        {
            app.MapGuestDaemon("/{**path}", "go");
            app.MapGet("/health", async (HealthCheckService health) =>
            {
                var report = await health.CheckHealthAsync();
                return $"{report.Status}: {string.Join(' ', report.Entries.Select(entry => $"{entry.Key}={entry.Value.Description}"))}";
            });
        })
        .StartAsync();
}
