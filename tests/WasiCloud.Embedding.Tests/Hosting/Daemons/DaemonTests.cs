using System.IO.Pipelines;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Daemons;

/// <summary>
/// How daemons live, with <c>guests/c/socket_server.c</c>, which serves one connection after another, and with guests that do nothing or fail.
/// </summary>
public sealed class DaemonTests : IAsyncTest
{
    private const string Fails = """(module (memory (export "memory") 1) (func (export "_start") unreachable))""";

    private static readonly int[] DelaysInMilliseconds = [100, 200, 400, 400];

    private readonly FakeTimeProvider _time = new();
    private readonly TestHost _host;

    public DaemonTests() => _host = new TestHost(time: _time);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Invoke_ManyRequests_AreServedOnOneConnection()
    {
        await using var daemon = await StartServerAsync();

        for (var number = 0; number < 50; number++) (await daemon.GetTextAsync(Requests.Get($"/{number}"))).Should().Be($"GET /{number}");

        daemon.OpenDescriptors.Should().Be(6);
    }

    [Fact]
    public async Task Invoke_ConcurrentRequestsToAServerThatTakesOneAtATime_AllAreServed()
    {
        await using var daemon = await StartServerAsync();

        var texts = await Task.WhenAll(Enumerable.Range(0, 64)
            .Select(number => daemon.GetTextAsync(Requests.Post("/echo", $"body {number}", isLengthKnown: number % 2 == 0))));

        texts.Should().Equal(Enumerable.Range(0, 64).Select(number => $"body {number}"));
    }

    [Fact]
    public async Task Invoke_ServerThatClosesEachConnection_ServesTheNextOnAnother()
    {
        await using var daemon = await StartServerAsync();

        for (var number = 0; number < 10; number++) (await daemon.GetTextAsync(Requests.Get("/shutdown"))).Should().Be("until the end");
        (await daemon.GetTextAsync(Requests.Post("/raw?close", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))).Should().Be("ok");
        (await daemon.GetTextAsync(Requests.Get("/after"))).Should().Be("GET /after");

        daemon.Restarts.Should().Be(0);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nmore", "mo")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive, Close\r\n\r\nok", "ok")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok")]
    public async Task Invoke_ConnectionThatCannotBeKept_IsNot(string raw, string body)
    {
        await using var daemon = await StartServerAsync();

        (await daemon.GetTextAsync(Requests.Post("/raw", raw))).Should().Be(body);

        (await daemon.GetTextAsync(Requests.Get("/after"))).Should().Be("GET /after");
    }

    [Fact]
    public async Task Invoke_MalformedResponse_FailsThisRequestOnly()
    {
        await using var daemon = await StartServerAsync();

        (await FluentActions.Awaiting(() => daemon.InvokeAsync(Requests.Post("/raw", "HTTP/1.1 2xx\r\n\r\n"))).Should().ThrowAsync<GuestResponseException>())
            .Which.Offset.Should().Be(10);

        (await daemon.GetTextAsync(Requests.Get("/after"))).Should().Be("GET /after");
        daemon.Restarts.Should().Be(0);
    }

    [Fact]
    public async Task Invoke_BodyThatBreaksOff_IsSeenByTheGuestAndFailsThisRequestOnly()
    {
        await using var daemon = await StartServerAsync();
        var body = new Pipe();
        await using (var response = await daemon.InvokeAsync(new InvocationRequest
        {
            Method = "POST",
            Target = "/echo",
            Body = body.Reader,
            ContentLength = 100
        }).WaitAsync(TestHost.Patience))
        {
            await body.Writer.WriteAsync("some"u8.ToArray());
            await body.Writer.CompleteAsync(new IOException("gone"));
            await FluentActions.Awaiting(response.ReadAsync).Should().ThrowAsync<GuestResponseException>();
        }

        (await daemon.GetTextAsync(Requests.Get("/after"))).Should().Be("GET /after");
    }

    [Fact]
    public async Task Invoke_MoreThanItsRequests_FailsAtOnce()
    {
        await using var daemon = await StartAsync(ComputingGuests.AcceptsAndLoops, new GuestDaemonOptions { MaxConcurrentRequests = 2 });
        var waiting = new[] { daemon.InvokeAsync(Requests.Get("/")), daemon.InvokeAsync(Requests.Get("/")) };

        (await FluentActions.Awaiting(() => daemon.InvokeAsync(Requests.Get("/")))
            .Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Requests);

        await daemon.DisposeAsync();
        foreach (var request in waiting) await request.Awaiting(it => it).Should().ThrowAsync<Exception>();
        daemon.ActiveRequests.Should().Be(0);
    }

    [Fact]
    public async Task Invoke_RequestThatTakesTooLong_EndsInTime()
    {
        await using var daemon = await StartAsync(ComputingGuests.AcceptsAndLoops, new GuestDaemonOptions { RequestTimeout = TimeSpan.FromSeconds(5) });
        await _host.Logs.WaitForAsync("was started");
        var request = daemon.InvokeAsync(Requests.Get("/"));

        _time.Advance(TimeSpan.FromSeconds(5));

        (await request.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Time);
        (daemon.State, daemon.ActiveRequests).Should().Be((GuestDaemonState.Running, 0));
    }

    [Fact]
    public async Task Invoke_ResponseThatTakesTooLong_BreaksOff()
    {
        await using var daemon = await StartServerAsync(new GuestDaemonOptions { RequestTimeout = TimeSpan.FromSeconds(5) });
        var body = new Pipe();
        await using var response = await daemon.InvokeAsync(new InvocationRequest
        {
            Method = "POST",
            Target = "/echo",
            Body = body.Reader,
            ContentLength = 100
        }).WaitAsync(TestHost.Patience);
        var reading = response.ReadAsync();

        _time.Advance(TimeSpan.FromSeconds(5));

        (await reading.Awaiting(it => it).Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Time);
    }

    [Fact]
    public async Task Guest_ThatFails_IsStartedAgainLaterEachTimeAndThenGivenUp()
    {
        await using var daemon = await StartAsync(Fails, new GuestDaemonOptions
        {
            MaxRestarts = 4,
            MaxRestartDelay = TimeSpan.FromMilliseconds(400),

            // The time is moved until something happens, which may be far.
            RestartWindow = TimeSpan.FromDays(24),
        });
        var request = daemon.InvokeAsync(Requests.Get("/"));
        foreach (var (restart, delay) in DelaysInMilliseconds.Index())
        {
            await _host.Logs.WaitForAsync($"it was {restart} times before");
            (daemon.State, daemon.Restarts).Should().Be((GuestDaemonState.Waiting, restart));
            _host.Logs[14][restart].Values["Delay"].Should().Be(TimeSpan.FromMilliseconds(delay));
            await TestHost.UntilAsync(() => daemon.Restarts > restart, () => _time.Advance(TimeSpan.FromMilliseconds(delay)));
        }

        await daemon.Completion.WaitAsync(TestHost.Patience);

        (daemon.State, daemon.Restarts).Should().Be((GuestDaemonState.Failed, 4));
        daemon.LastFailure.Should().BeOfType<GuestTrapException>();
        (await request.Awaiting(it => it).Should().ThrowAsync<GuestUnavailableException>()).Which.State.Should().Be(GuestDaemonState.Failed);
        await FluentActions.Awaiting(() => daemon.InvokeAsync(Requests.Get("/"))).Should().ThrowAsync<GuestUnavailableException>();
    }

    [Theory]
    [InlineData(GuestRestart.Never, false)]
    [InlineData(GuestRestart.OnFailure, false)]
    [InlineData(GuestRestart.Always, true)]
    public async Task Guest_ThatEndsWell_IsStartedAgainAsThePolicySays(GuestRestart policy, bool isStarted)
    {
        await using var daemon = await StartAsync("""
            (module (memory (export "memory") 1) (func (export "_start")))
            """, new GuestDaemonOptions { Restart = policy });

        if (isStarted) await _host.Logs.WaitForAsync("is started again");
        else await daemon.Completion.WaitAsync(TestHost.Patience);

        daemon.State.Should().Be(isStarted ? GuestDaemonState.Waiting : GuestDaemonState.Stopped);
    }

    [Fact]
    public async Task Lifetime_Over_StopsIt()
    {
        await using var daemon = await StartServerAsync(new GuestDaemonOptions { Lifetime = TimeSpan.FromHours(1) });
        await daemon.GetTextAsync(Requests.Get("/"));

        _time.Advance(TimeSpan.FromHours(1));

        await daemon.Completion.WaitAsync(TestHost.Patience);
        daemon.State.Should().Be(GuestDaemonState.Stopped);
        _host.Logs[16].Should().BeEmpty("the server ends when its accept is told that nothing more comes");
    }

    [Fact]
    public async Task Stop_GuestThatDoesNotEnd_IsEndedAfterTheGracePeriod()
    {
        await using var daemon = await StartAsync(ComputingGuests.AcceptsAndLoops, new GuestDaemonOptions { GracePeriod = TimeSpan.FromSeconds(3) });
        await _host.Logs.WaitForAsync("was started");

        var stopping = daemon.StopAsync();
        daemon.State.Should().Be(GuestDaemonState.Stopping);
        await TestHost.UntilAsync(() => stopping.IsCompleted, () => _time.Advance(TimeSpan.FromSeconds(3)));

        await stopping;
        _host.Logs[16].Should().ContainSingle();
        daemon.State.Should().Be(GuestDaemonState.Stopped);
    }

    [Fact]
    public async Task Stop_IdleServer_EndsByItself()
    {
        await using var daemon = await StartServerAsync();
        await daemon.GetTextAsync(Requests.Get("/"));

        await daemon.StopAsync().WaitAsync(TestHost.Patience);

        (daemon.State, daemon.LastFailure, daemon.OpenDescriptors, daemon.MemoryBytes, daemon.Uptime)
            .Should().Be((GuestDaemonState.Stopped, null, 0, 0, TimeSpan.Zero));
        await daemon.StopAsync().WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Host_Disposed_EndsItsDaemons()
    {
        var daemon = await StartAsync(ComputingGuests.AcceptsAndLoops, new GuestDaemonOptions());
        await _host.Logs.WaitForAsync("was started");
        var request = daemon.InvokeAsync(Requests.Get("/"));

        await _host.DisposeAsync();

        await daemon.Completion.WaitAsync(TestHost.Patience);
        await request.Awaiting(it => it).Should().ThrowAsync<Exception>();
    }

    [Fact]
    public async Task Start_WithWrongOptions_IsRefused()
    {
        var module = await _host.LoadTextAsync(Fails);

        foreach (var options in new GuestDaemonOptions[]
        {
            new() { Interface = GuestInterface.Cgi }, new() { Lifetime = TimeSpan.Zero }, new() { MinRestartDelay = TimeSpan.FromSeconds(-1) },
            new() { MaxRestartDelay = TimeSpan.Zero },
            new() { MaxRestarts = -1 }, new() { RestartWindow = TimeSpan.Zero }, new() { GracePeriod = TimeSpan.FromDays(2) },
            new() { RequestTimeout = TimeSpan.Zero }, new() { MaxConcurrentRequests = 0 },
            new() { Restart = (GuestRestart)7 },
        })
        {
            _host.Host.Invoking(it => it.StartDaemon(module, "wrong", options)).Should().Throw<ArgumentException>();
        }
    }

    private async Task<GuestDaemon> StartServerAsync(GuestDaemonOptions? options = null) =>
        _host.Host.StartDaemon(await _host.LoadGuestAsync("socket_server"), "server", options);

    private async Task<GuestDaemon> StartAsync(string text, GuestDaemonOptions options) =>
        _host.Host.StartDaemon(await _host.LoadTextAsync(text), "daemon", options);
}
