using System.Globalization;
using System.Net;
using System.Text;
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

        var counts = await Task.WhenAll(Enumerable.Range(0, 50)
            .Select(async _ => int.Parse(await client.GetStringAsync("/count"), CultureInfo.InvariantCulture)));

        counts.Should().BeEquivalentTo(Enumerable.Range(1, 50));
        (await client.GetStringAsync("/path?query")).Should().Be($"GET {client.BaseAddress!.Authority} /path?query");
    }

    [Fact]
    public async Task Response_Streams_WhileTheRequestDoes()
    {
        await using var server = await StartAsync("http_server");
        using var content = new DuplexContent();
        var sending = server.ClientOf(2)
            .SendAsync(new HttpRequestMessage(HttpMethod.Post, "/duplex")
            {
                Content = content,
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact
            }, HttpCompletionOption.ResponseHeadersRead);
        await content.SendAsync("some");
        using var response = await sending;
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        (await reader.ReadLineAsync()).Should().Be("first");

        await content.SendAsync(" more");
        await content.CompleteAsync();

        (await reader.ReadLineAsync()).Should().Be("9 <nil>");
    }

    /// <summary>RFC 9112 section 9.3: a connection that persists brings the next request, whatever the guest left of the last one.</summary>
    [Theory]
    [InlineData("POST /unread", "Content-Length: 5", "hello", "POST /unread")]
    [InlineData("POST /unread", "Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n", "POST /unread")]
    [InlineData("POST /echo", "Content-Length: 5", "hello", "hello")]
    public async Task Connection_AfterAnyRequest_BringsTheNextOne(string request, string framing, string body, string answer)
    {
        await using var server = await StartAsync("socket_server");
        using var connection = await RawConnection.OpenAsync(server);
        for (var run = 0; run < 200; run++)
        {
            // The body with the head, and after it.
            await connection.SendAsync($"{request} HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\n{(run % 2 == 0 ? body : string.Empty)}");
            if (run % 2 != 0) await connection.SendAsync(body);
            (await connection.ReadResponseAsync()).Should().Be(answer, "run {0}", run);

            await connection.SendAsync("GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
            (await connection.ReadResponseAsync()).Should().Be("GET /next", "run {0}", run);
        }

        server.Log.Errors.Should().BeEmpty();
    }

    /// <summary>RFC 9112 section 6.3, rule 1, and what is beyond a length: however the guest wrote it, it ends nothing later.</summary>
    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", "HTTP/1.1 200 ", "")]
    [InlineData("POST", "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n0123456789", "HTTP/1.1 304 ", "")]
    [InlineData("POST", "HTTP/1.1 204 No Content\r\n\r\n0123456789", "HTTP/1.1 204 ", "")]
    [InlineData("POST", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n0123456789", "HTTP/1.1 200 ", "012")]
    [InlineData("POST", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n0123456789", "HTTP/1.1 200 ", "")]
    public async Task Response_WithBytesBeyondItsEnd_IsCompleteAtOnce(string method, string raw, string status, string body)
    {
        await using var server = await StartAsync("socket_server");
        using var connection = await RawConnection.OpenAsync(server);
        for (var run = 0; run < 20; run++)
        {
            await connection.SendAsync($"{method} /raw HTTP/1.1\r\nHost: h\r\nContent-Length: {raw.Length}\r\n\r\n{raw}");
            (await connection.ReadHeadAsync()).Should().StartWith(status);
            if (body.Length > 0) Encoding.ASCII.GetString(await connection.ReadAsync(body.Length)).Should().Be(body);

            await connection.SendAsync("GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
            (await connection.ReadResponseAsync()).Should().Be("GET /next", "run {0}", run);
        }
    }

    /// <summary>RFC 9110 section 10.1.1: who answers without the body does not ask for it.</summary>
    [Theory]
    [InlineData("/unread", "HTTP/1.1 200 ")]
    [InlineData("/raw", "HTTP/1.1 100 ")]
    public async Task Expectation_IsMetWhenTheGuestReads(string path, string first)
    {
        const string Raw = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        await using var server = await StartAsync("socket_server");
        using var connection = await RawConnection.OpenAsync(server);

        await connection.SendAsync($"POST {path} HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: {Raw.Length}\r\n\r\n");

        (await connection.ReadHeadAsync()).Should().StartWith(first);
        if (path == "/unread") return;
        await connection.SendAsync(Raw);
        (await connection.ReadResponseAsync()).Should().Be("hello");
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

    /// <summary>What of the application's own fields a daemon may set is the endpoint's to say, as of a guest.</summary>
    [Fact]
    public async Task Response_FieldsThatAreReserved_AreTheApplications()
    {
        const string Raw = "HTTP/1.1 200 OK\r\nServer: guest\r\nX-Own: guest\r\nContent-Length: 0\r\n\r\n";
        foreach (var (configure, server, own) in new (Action<GuestHttpEndpointOptions>?, string?, string?)[]
        {
            (null, "Kestrel", "guest"),
            (static options => options.ReservedResponseFields.Add("x-own"), "Kestrel", null),
            (static options => options.ReservedResponseFields.Clear(), "guest", "guest"),
        })
        {
            await using var application = await StartAsync("socket_server", configure: configure);

            using var response = await application.Client.PostAsync("/raw", new StringContent(Raw));

            Value(response, "Server").Should().Be(server);
            Value(response, "X-Own").Should().Be(own);
        }

        static string? Value(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.Single() : null;
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
        await FluentActions.Awaiting(() => server.Client.GetStringAsync("/exit"))
            .Should().ThrowAsync<HttpRequestException>("a response that breaks off does not look complete");
        (await server.Client.GetStringAsync("/after")).Should().Be("/after");
    }

    [Fact]
    public async Task Health_TellsWhatTheDaemonDoes()
    {
        await using var server = await StartAsync("socket_server");
        await server.Client.GetStringAsync("/");

        (await server.Client.GetStringAsync("/health")).Should().Be("Healthy: daemon:go=go is Running.");
    }

    private static Task<GuestServer> StartAsync(string guest, GuestInterface way = GuestInterface.Socket, Action<GuestHttpEndpointOptions>? configure = null) =>
        new GuestServerBuilder()
        .WithServices(services =>
        {
            services.AddWasiCloud().AddDaemonHttpFiles().AddDaemon(
                "go",
                (provider, cancellationToken) => provider.GetRequiredService<IInvocationHost>().LoadAsync(TestGuests.Named(guest), guest, cancellationToken),
                options => (options.MinRestartDelay, options.Interface) = (TimeSpan.Zero, way));
            services.AddHealthChecks().AddGuestDaemons();
        })
        .WithMiddleware(app =>
        {
            app.MapGuestDaemon("/{**path}", "go", configure);
            app.MapGet("/health", async (HealthCheckService health) =>
            {
                var report = await health.CheckHealthAsync();
                return $"{report.Status}: {string.Join(' ', report.Entries.Select(entry => $"{entry.Key}={entry.Value.Description}"))}";
            });
        })
        .StartAsync();
}
