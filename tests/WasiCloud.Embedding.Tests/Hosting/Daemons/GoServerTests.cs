using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Daemons;

/// <summary>Go's own <c>net/http</c> server on a socket of this library, run for one request and kept for many.</summary>
public sealed class GoServerTests(GoServer server) : IClassFixture<GoServer>
{
    private static readonly string Long = new('x', 200_000);

    [Theory]
    [InlineData("", true)]
    [InlineData("short", true)]
    [InlineData("short", false)]
    [InlineData("long", true)]
    [InlineData("long", false)]
    public async Task Invoke_OneRequest_IsAnsweredAndTheServerEnds(string body, bool isLengthKnown)
    {
        if (body == "long") body = Long;
        var bytes = Encoding.UTF8.GetBytes(body);
        await using var response = await server.Host.Host.InvokeAsync(server.Module, new InvocationRequest
        {
            Interface = GuestInterface.Socket,
            Method = "POST",
            Target = "/echo",
            Body = PipeReader.Create(new MemoryStream(bytes)),
            ContentLength = isLengthKnown ? bytes.Length : null,
        }).WaitAsync(TestHost.Patience);

        (await response.ReadAsync()).Should().Be(body);
        (await response.Completion.WaitAsync(TestHost.Patience)).ExitCode.Should().Be(1, "log.Fatal ends a server whose accept fails");
    }

    [Fact]
    public async Task Daemon_ManyRequests_AreServedByOneGuest()
    {
        await using var daemon = Start();

        for (var number = 1; number <= 20; number++) (await daemon.GetTextAsync(Requests.Get("/count"))).Should().Be($"{number}");
        (await daemon.GetTextAsync(Requests.Get("/path?query"))).Should().Be("GET localhost /path?query");

        (daemon.State, daemon.Restarts, daemon.ActiveRequests, daemon.LastFailure).Should().Be((GuestDaemonState.Running, 0, 0, null));
        daemon.MemoryBytes.Should().BeGreaterThan(1 << 20);
        daemon.OpenDescriptors.Should().Be(6, "three streams, the listener, the root and one connection that was kept alive");
        daemon.Uptime.Should().BePositive();
    }

    [Fact]
    public async Task Daemon_ConcurrentRequests_AreServedConcurrently()
    {
        await using var daemon = Start();
        await using var first = await daemon.InvokeAsync(Requests.Get("/wait")).WaitAsync(TestHost.Patience);

        var bodies = await Task.WhenAll(Enumerable.Range(0, 32)
            .Select(number => daemon.GetTextAsync(Requests.Post("/echo", $"{number}{Long}", isLengthKnown: number % 2 == 0))));

        bodies.Select(body => body.Length).Should().Equal(Enumerable.Range(0, 32).Select(number => $"{number}{Long}".Length));
        bodies.Should().Equal(Enumerable.Range(0, 32).Select(number => $"{number}{Long}"));
        first.StatusCode.Should().Be(200);
        daemon.ActiveRequests.Should().Be(1);
    }

    [Fact]
    public async Task Daemon_BothDirections_Stream()
    {
        await using var daemon = Start();
        var body = new Pipe();
        await using var response = await daemon.InvokeAsync(new InvocationRequest { Method = "POST", Target = "/duplex", Body = body.Reader })
            .WaitAsync(TestHost.Patience);

        var first = await response.Body.ReadAsync().AsTask().WaitAsync(TestHost.Patience);
        Encoding.UTF8.GetString(first.Buffer.FirstSpan).Should().Be("first\n");
        response.Body.AdvanceTo(first.Buffer.End);
        await body.Writer.WriteAsync("body"u8.ToArray());
        await body.Writer.CompleteAsync();

        (await response.ReadAsync()).Should().Be("4 <nil>\n");
    }

    [Fact]
    public async Task Daemon_ClientThatGoes_IsNoticedByTheHandler()
    {
        await using var daemon = Start();
        var response = await daemon.InvokeAsync(Requests.Get("/wait")).WaitAsync(TestHost.Patience);

        await response.DisposeAsync();

        await server.Host.Logs.WaitForAsync("the client has gone");
        daemon.ActiveRequests.Should().Be(0);
        (await daemon.GetTextAsync(Requests.Get("/count"))).Should().Be("1");
    }

    [Fact]
    public async Task Daemon_HandlerThatPanics_FailsThisRequestOnly()
    {
        await using var daemon = Start();

        (await FluentActions.Awaiting(() => daemon.InvokeAsync(Requests.Get("/panic"))).Should().ThrowAsync<GuestResponseException>())
            .Which.Message.Should().Contain("closed without a response");

        (await daemon.GetTextAsync(Requests.Get("/count"))).Should().Be("1");
        daemon.Restarts.Should().Be(0);
    }

    [Fact]
    public async Task Daemon_CrashInAResponse_BreaksItAndTheNextIsServedByANewGuest()
    {
        await using var daemon = Start(options => options.MinRestartDelay = TimeSpan.Zero);
        await using var crashing = await daemon.InvokeAsync(Requests.Get("/crash")).WaitAsync(TestHost.Patience);

        await FluentActions.Awaiting(crashing.ReadAsync).Should().ThrowAsync<GuestExitException>();

        (await daemon.GetTextAsync(Requests.Get("/count"))).Should().Be("1");
        (daemon.State, daemon.Restarts).Should().Be((GuestDaemonState.Running, 1));
        daemon.LastFailure.Should().BeOfType<GuestExitException>().Which.ExitCode.Should().Be(2);
    }

    [Fact]
    public async Task Stop_WithARequestInProgress_LetsItEnd()
    {
        await using var daemon = Start(options => options.GracePeriod = TestHost.Patience);
        var body = new Pipe();
        await using var response = await daemon.InvokeAsync(new InvocationRequest { Method = "POST", Target = "/duplex", Body = body.Reader })
            .WaitAsync(TestHost.Patience);

        var stopping = daemon.StopAsync();
        await FluentActions.Awaiting(() => daemon.InvokeAsync(Requests.Get("/"))).Should().ThrowAsync<GuestUnavailableException>();
        await body.Writer.CompleteAsync();

        (await response.ReadAsync()).Should().Be("first\n0 <nil>\n");
        await stopping.WaitAsync(TestHost.Patience);
        (daemon.State, daemon.LastFailure).Should().Be((GuestDaemonState.Stopped, null));
    }

    private GuestDaemon Start(Action<GuestDaemonOptions>? configure = null)
    {
        var options = new GuestDaemonOptions();
        configure?.Invoke(options);
        return server.Host.Host.StartDaemon(server.Module, "go", options);
    }
}
