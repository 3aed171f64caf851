using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;
using Xunit;

namespace WasiCloud.Embedding.AspNetCore.Tests;

/// <summary>What an application gives each WebSocket, each stream and each request of a daemon.</summary>
public sealed class ConfigureConnectionTests
{
    [Fact]
    public async Task WebSockets_AtOneTime_GetTheirOwn()
    {
        var calls = new ConcurrentBag<string>();
        await using var server = await StartWebSocketAsync(options => options.Configure = (http, request) =>
        {
            var user = http.Request.Query["user"].ToString();
            calls.Add(user);
            return request with { Tenant = user, Features = ["feature of " + user] };
        });

        await Task.WhenAll(Enumerable.Range(0, 12).Select(async number =>
        {
            using var socket = new ClientWebSocket();
            await socket.ConnectAsync(UriOf(server, $"?user=user{number}"), default).WaitAsync(TestLimits.Patience);
            (await ReceiveAsync(socket)).Should().Be($"user{number} feature of user{number}");
        }));

        calls.Should().BeEquivalentTo(Enumerable.Range(0, 12).Select(number => $"user{number}"), "it is called once for each WebSocket");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("throw")]
    [InlineData("body")]
    [InlineData("interface")]
    [InlineData("stopping")]
    [InlineData("target")]
    [InlineData("time")]
    [InlineData("computing")]
    [InlineData("fuel")]
    [InlineData("feature")]
    [InlineData("tenant")]
    public async Task WebSocket_Misused_Is500BeforeThereIsAWebSocket(string misuse)
    {
        await using var server = await StartWebSocketAsync(options => options.Configure = (http, request) =>
            http.Request.Query.ContainsKey("good") ? request : Misuse(misuse, request));
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;

        await FluentActions.Awaiting(() => socket.ConnectAsync(UriOf(server, "?bad"), default)).Should().ThrowAsync<WebSocketException>();

        socket.HttpStatusCode.Should().Be(HttpStatusCode.InternalServerError);
        server.Log.Errors.Should().ContainSingle();
        using var next = new ClientWebSocket();
        await next.ConnectAsync(UriOf(server, "?good"), default).WaitAsync(TestLimits.Patience);
        (await ReceiveAsync(next)).Should().Be("(none) (none)", "the only place was given back");
    }

    [Fact]
    public async Task Streams_GetTheirOwn()
    {
        var calls = 0;
        await using var server = await StartStreamAsync(options => options.Configure = (connection, request) =>
            request with { Tenant = $"tenant{Interlocked.Increment(ref calls)}", Features = [$"port {((IPEndPoint)connection.RemoteEndPoint!).Port}"] });

        for (var number = 1; number <= 3; number++)
        {
            using var client = await ConnectAsync(server);
            var port = ((IPEndPoint)client.Client.LocalEndPoint!).Port;
            (await ReadAsync(client)).Should().Be($"tenant{number} port {port}");
        }

        calls.Should().Be(3);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("throw")]
    [InlineData("body")]
    [InlineData("interface")]
    [InlineData("stopping")]
    [InlineData("time")]
    [InlineData("feature")]
    [InlineData("tenant")]
    public async Task Stream_Misused_IsClosedAndTheNextIsServed(string misuse)
    {
        var isMisused = true;
        await using var server = await StartStreamAsync(options => options.Configure = (_, request) => isMisused ? Misuse(misuse, request) : request);

        using (var client = await ConnectAsync(server)) (await ReadAsync(client)).Should().BeEmpty();
        isMisused = false;
        using var next = await ConnectAsync(server);

        (await ReadAsync(next)).Should().Be("(none) (none)", "the only place was given back");
        server.Log.Errors.Should().ContainSingle();
    }

    /// <summary>Of a daemon's requests, HTTP is their own, and nothing else.</summary>
    [Fact]
    public async Task Daemon_TargetChanged_IsWhatTheGuestIsTold()
    {
        await using var server = await StartDaemonAsync(options => options.Configure = (http, request) =>
            request with { Target = "/as" + request.Target, Authority = "daemon", Scheme = "https", Headers = request.Headers });

        (await server.Client.GetStringAsync("/it?is")).Should().Be("GET /as/it?is");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("throw")]
    [InlineData("body")]
    [InlineData("interface")]
    [InlineData("time")]
    [InlineData("computing")]
    [InlineData("fuel")]
    [InlineData("feature")]
    [InlineData("tenant of its own")]
    [InlineData("arguments")]
    [InlineData("environment")]
    [InlineData("output")]
    [InlineData("target")]
    public async Task Daemon_MoreThanHttpChanged_Is500AndTheGuestGoesOn(string misuse)
    {
        await using var server = await StartDaemonAsync(options => options.Configure = (http, request) =>
            http.Request.Query.ContainsKey("bad") ? Misuse(misuse, request) : request);

        using var response = await server.Client.GetAsync("/?bad");

        response.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        server.Log.Errors.Should().ContainSingle();
        (await server.Client.GetStringAsync("/good")).Should().Be("GET /good");
    }

    private static InvocationRequest Misuse(string misuse, InvocationRequest request) => misuse switch
    {
        "null" => null!,
        "throw" => throw new InvalidOperationException("no such user"),
        "body" => request with { Body = System.IO.Pipelines.PipeReader.Create(Stream.Null) },
        "interface" => request with { Interface = GuestInterface.Cgi },
        "stopping" => request with { Stopping = CancellationToken.None },
        "target" => request with { Target = "/\r\nX-Injected: 1" },
        "time" => request with { Timeout = TimeSpan.Zero },
        "computing" => request with { MaxCpuTime = TimeSpan.Zero },
        "fuel" => request with { Fuel = 1 },
        "feature" => request with { Features = [null!] },
        "tenant" => request with { Tenant = "two\nlines" },
        "tenant of its own" => request with { Tenant = "alice" },
        "arguments" => request with { Arguments = ["own"] },
        "environment" => request with { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["OWN"] = "1" } },
        "output" => request with { StandardOutput = System.IO.Pipelines.PipeWriter.Create(Stream.Null) },
        _ => throw new ArgumentOutOfRangeException(nameof(misuse)),
    };

    private static IWasiCloudBuilder AddTo(IServiceCollection services) =>
        services.AddWasiCloud(options => (options.MaxConcurrentInvocations, options.ExecutionTimeout) = (16, TestLimits.Patience))
            .AddConnectionFiles().AddMount<ContextMount>("/context");

    private static Task<GuestServer> StartWebSocketAsync(Action<GuestWebSocketOptions> configure) => new GuestServerBuilder()
        .WithServices(services => AddTo(services))
        .WithMiddleware(app => app.UseWebSockets())
        .MapWebSocket("/socket", TestGuests.ShowContextInMessage, configure)
        .StartAsync();

    private static Task<GuestServer> StartStreamAsync(Action<GuestStreamOptions> configure) => new GuestServerBuilder()
        .WithServices(services => AddTo(services))
        .WithListener(TestGuests.ShowContextInStream, configure)
        .StartAsync();

    private static Task<GuestServer> StartDaemonAsync(Action<GuestDaemonEndpointOptions> configure) => new GuestServerBuilder()
        .WithServices(services => AddTo(services).AddDaemon(
            "daemon",
            (provider, cancellationToken) =>
                provider.GetRequiredService<IInvocationHost>().LoadAsync(TestGuests.Named("socket_server"), "daemon", cancellationToken)))
        .WithMiddleware(app => app.MapGuestDaemon("/{**path}", "daemon", configure))
        .StartAsync();

    private static Uri UriOf(GuestServer server, string query) => new($"ws://127.0.0.1:{server.Port}/socket{query}");

    private static async Task<TcpClient> ConnectAsync(GuestServer server)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.ListenerPort).WaitAsync(TestLimits.Patience);
        return client;
    }

    private static async Task<string> ReadAsync(TcpClient client)
    {
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync().WaitAsync(TestLimits.Patience);
    }

    private static async Task<string> ReceiveAsync(WebSocket socket)
    {
        var buffer = new byte[1000];
        var result = await socket.ReceiveAsync(buffer, default).WaitAsync(TestLimits.Patience);
        return Encoding.UTF8.GetString(buffer, 0, result.Count);
    }
}
