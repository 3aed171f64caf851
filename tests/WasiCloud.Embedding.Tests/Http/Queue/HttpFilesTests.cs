using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.Hosting;
using WasiCloud.Embedding.Tests.Hosting.Daemons;
using Xunit;

namespace WasiCloud.Embedding.Tests.Http.Queue;

/// <summary>Daemons that serve their requests as files below <c>/beta/http</c>, with <c>guests/c/http_files.c</c>.</summary>
public sealed class HttpFilesTests : IAsyncTest
{
    private static readonly string[] Concurrent = ["requests"];

    private readonly FakeTimeProvider _time = new();
    private readonly TestHost _host;

    public HttpFilesTests() => _host = new TestHost(time: _time, build: builder => builder.AddDaemonHttpFiles());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Accept_ManyRequests_AreServedByOneGuest()
    {
        await using var daemon = await StartAsync();

        for (var number = 0; number < 50; number++) (await daemon.GetTextAsync(Requests.Get($"/{number}"))).Should().Be($"/{number}");

        (daemon.Restarts, daemon.ActiveRequests).Should().Be((0, 0));
        daemon.OpenDescriptors.Should().BeLessThan(6);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Accept_Bodies_StreamBothWays(bool isLengthKnown)
    {
        await using var daemon = await StartAsync();
        var body = new string('x', 300_000);

        (await daemon.GetTextAsync(Requests.Post("/echo", body, isLengthKnown))).Should().Be(body);

        var pipe = new Pipe();
        await using var response = await daemon.InvokeAsync(new InvocationRequest { Method = "POST", Target = "/echo", Body = await StartAsync(pipe, "first") })
            .WaitAsync(TestHost.Patience);
        var first = await response.Body.ReadAsync().AsTask().WaitAsync(TestHost.Patience);
        Encoding.UTF8.GetString(first.Buffer).Should().Be("first");
        response.Body.AdvanceTo(first.Buffer.End);
        await pipe.Writer.WriteAsync("second"u8.ToArray());
        await pipe.Writer.CompleteAsync();
        (await response.ReadAsync()).Should().Be("second");
    }

    [Fact]
    public async Task Remove_StatusAndHeadersOnly_SendsThem()
    {
        await using var daemon = await StartAsync();

        await using var response = await daemon.InvokeAsync(Requests.Get("/status")).WaitAsync(TestHost.Patience);

        response.StatusCode.Should().Be(404);
        response.Headers.Should().Contain(header => header.Key == "x-guest" && header.Value == "files");
        (await response.ReadAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Response_Json_IsThatOfAOneRequestGuest()
    {
        await using var daemon = await StartAsync();

        await using var response = await daemon.InvokeAsync(Requests.Get("/json")).WaitAsync(TestHost.Patience);

        response.StatusCode.Should().Be(201);
        (await response.ReadAsync()).Should().Be("made");
    }

    [Fact]
    public async Task Response_Malformed_FailsThisRequestOnly()
    {
        await using var daemon = await StartAsync();

        (await FluentActions.Awaiting(() => daemon.InvokeAsync(Requests.Get("/malformed")))
            .Should().ThrowAsync<GuestResponseException>()).Which.Offset.Should().Be(10);

        (await daemon.GetTextAsync(Requests.Get("/after"))).Should().Be("/after");
        daemon.Restarts.Should().Be(0);
    }

    [Fact]
    public async Task Remove_WhileTheResponseIsWritten_IsBusy()
    {
        await using var daemon = await StartAsync();

        (await daemon.GetTextAsync(Requests.Get("/busy"))).Should().Be($"{(int)Errno.Busy}");
    }

    [Fact]
    public async Task ResponseOfTheDaemonItself_IsABrokenPipe()
    {
        await using var daemon = await StartAsync();

        (await daemon.GetTextAsync(Requests.Get("/own"))).Should().Be($"{(int)Errno.Pipe}");
    }

    [Fact]
    public async Task Guest_ThatEndsInAResponse_BreaksItAndTheNextIsServedByANewGuest()
    {
        await using var daemon = await StartAsync(options => options.MinRestartDelay = TimeSpan.Zero);
        await using var broken = await daemon.InvokeAsync(Requests.Get("/exit")).WaitAsync(TestHost.Patience);

        await FluentActions.Awaiting(broken.ReadAsync).Should().ThrowAsync<GuestExitException>();

        (await daemon.GetTextAsync(Requests.Get("/after"))).Should().Be("/after");
        daemon.Restarts.Should().Be(1);
    }

    [Fact]
    public async Task Request_ThatTheGuestForgets_EndsInTimeAndTheNextIsServed()
    {
        await using var daemon = await StartAsync(options => options.RequestTimeout = TimeSpan.FromSeconds(5));
        var forgotten = daemon.InvokeAsync(Requests.Get("/forget"));
        (await daemon.GetTextAsync(Requests.Get("/after"))).Should().Be("/after");

        _time.Advance(TimeSpan.FromSeconds(5));

        (await forgotten.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Time);
        (await daemon.GetTextAsync(Requests.Get("/again"))).Should().Be("/again");
        daemon.ActiveRequests.Should().Be(0);
    }

    [Fact]
    public async Task Requests_ReadByPoll_AreServedConcurrently()
    {
        await using var daemon = await StartAsync(arguments: Concurrent);
        var pipe = new Pipe();
        await using var open = await daemon.InvokeAsync(new InvocationRequest { Method = "POST", Target = "/", Body = await StartAsync(pipe, "first") })
            .WaitAsync(TestHost.Patience);

        var texts = await Task.WhenAll(Enumerable.Range(0, 24)
            .Select(number => daemon.GetTextAsync(Requests.Post("/", $"body {number}", isLengthKnown: number % 2 == 0))));

        texts.Should().Equal(Enumerable.Range(0, 24).Select(number => $"body {number}"));
        await pipe.Writer.CompleteAsync();
        (await open.ReadAsync()).Should().Be("first");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_IdleGuest_EndsByItself(bool isConcurrent)
    {
        await using var daemon = await StartAsync(arguments: isConcurrent ? Concurrent : []);
        await daemon.GetTextAsync(Requests.Post("/", "body"));

        await daemon.StopAsync().WaitAsync(TestHost.Patience);

        (daemon.State, daemon.LastFailure).Should().Be((GuestDaemonState.Stopped, null));
    }

    [Fact]
    public async Task Invoke_GuestThatIsNoDaemon_FindsAnEmptyDirectory()
    {
        var module = await _host.LoadGuestAsync("http_files");

        (await FluentActions.Awaiting(() => _host.Host.InvokeAsync(module, new InvocationRequest()))
            .Should().ThrowAsync<GuestExitException>()).Which.ExitCode.Should().Be(1);

        await _host.Logs.WaitForAsync("accept: No such file or directory");
    }

    [Fact]
    public async Task Start_WithoutTheMount_IsRefused()
    {
        await using var host = new TestHost();
        var module = await host.LoadGuestAsync("http_files");

        host.Host.Invoking(it => it.StartDaemon(module, "files", new GuestDaemonOptions { Interface = GuestInterface.Files }))
            .Should().Throw<InvalidOperationException>().WithMessage("*AddDaemonHttpFiles*");
    }

    private async Task<GuestDaemon> StartAsync(Action<GuestDaemonOptions>? configure = null, string[]? arguments = null)
    {
        var options = new GuestDaemonOptions { Interface = GuestInterface.Files, Arguments = arguments ?? [] };
        configure?.Invoke(options);
        return _host.Host.StartDaemon(await _host.LoadGuestAsync("http_files"), "files", options);
    }

    private static async Task<PipeReader> StartAsync(Pipe pipe, string text)
    {
        await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(text));
        return pipe.Reader;
    }
}
