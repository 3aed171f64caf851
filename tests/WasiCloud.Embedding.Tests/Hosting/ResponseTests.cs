using System.Buffers;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

public sealed class ResponseTests : IDisposable
{
    // Opens the gate's file second, so the body's descriptor is 4 and the gate's is 5.
    private const string WriteThenReadGate = """
        (call $create) (call $write)
        (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 512) (i32.const 9) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0)
          (i32.const 0)))
        (global.set $descriptor (i32.load (i32.const 0)))
        (call $read)
        """;

    private const string GatePath = """(data (i32.const 512) "test/file")""";

    private readonly Gate _gate = new();

    public void Dispose() => _gate.Dispose();

    [Fact]
    public async Task Invoke_GuestThatStreams_ReturnsWhileItRuns()
    {
        await using var host = CreateHost();
        var module = await host.LoadTextAsync(GuestText.Command("response/body", WriteThenReadGate, "hello", GatePath));

        await using var response = await host.Host.InvokeAsync(module, new InvocationRequest()).WaitAsync(TestHost.Patience);
        await _gate.ArrivedAsync();
        var first = await response.Body.ReadAsync();

        response.StatusCode.Should().Be(200);
        Encoding.UTF8.GetString(first.Buffer.ToArray()).Should().Be("hello");
        response.Completion.IsCompleted.Should().BeFalse();
        response.Body.AdvanceTo(first.Buffer.End);
        _gate.Open();
        (await response.Body.ReadAsync()).IsCompleted.Should().BeTrue();
        (await response.Completion).ResponseBytes.Should().Be(5);
    }

    [Fact]
    public async Task Dispose_OfARunningGuestsResponse_EndsIt()
    {
        await using var host = CreateHost(options => options.MaxConcurrentInvocations = 1);
        var module = await host.LoadTextAsync(GuestText.Command("response/body", WriteThenReadGate, "hello", GatePath));
        var response = await host.Host.InvokeAsync(module, new InvocationRequest()).WaitAsync(TestHost.Patience);
        await _gate.ArrivedAsync();

        await response.DisposeAsync();

        response.Completion.IsCanceled.Should().BeTrue();
        _gate.Open();
        await host.RunAsync(module);
    }

    [Fact]
    public async Task Dispose_OfAGuestThatWaitsForItsReader_EndsIt()
    {
        await using var host = CreateHost(options => options.MaxConcurrentInvocations = 1);
        var module = await host.LoadGuestAsync("fault");
        var response = await host.Host.InvokeAsync(module, TestHost.WithArguments("flood")).WaitAsync(TestHost.Patience);

        await response.DisposeAsync();

        response.Completion.IsCompletedSuccessfully.Should().BeFalse();
        await host.RunAsync(await host.LoadGuestAsync("empty"));
    }

    [Fact]
    public async Task Invoke_GuestThatFailsAfterItsHead_FaultsBodyAndCompletion()
    {
        await using var host = CreateHost();
        var module = await host.LoadTextAsync(GuestText.Command("response/body", "(call $create) (call $write) (call $exit (i32.const 7))"));

        await using var response = await host.Host.InvokeAsync(module, new InvocationRequest());

        await response.Body.Awaiting(it => it.CopyToAsync(Stream.Null)).Should().ThrowAsync<GuestExitException>();
        await response.Awaiting(it => it.Completion).Should().ThrowAsync<GuestExitException>();
    }

    [Theory]
    [InlineData("response/status", "2000")]
    [InlineData("response/txt", "HTTP/9.9 nonsense")]
    [InlineData("response/json", "{")]
    public async Task Invoke_GuestWithAMalformedHead_FaultsIt(string path, string content)
    {
        await using var host = CreateHost();
        var module = await host.LoadTextAsync(GuestText.Command(path, "(call $create) (call $write)", content));

        var failure = await host.Awaiting(it => it.Host.InvokeAsync(module, new InvocationRequest())).Should().ThrowAsync<GuestResponseException>();

        failure.Which.Path.Should().Be("/" + path);
    }

    [Fact]
    public async Task Invoke_GuestWhoseOpenBodyIsTooShort_IsAResponseFailureAndNoCommitFailure()
    {
        await using var host = CreateHost();
        var module = await host.LoadTextAsync(GuestText.Command("response/headers/content-length", """
            (call $create) (call $write) (call $close)
            (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 512) (i32.const 13) (i32.const 1) (i64.const 0x40) (i64.const 0)
              (i32.const 0) (i32.const 0)))
            (global.set $descriptor (i32.load (i32.const 0)))
            (call $write)
            """, "10", """(data (i32.const 512) "response/body")"""));

        await using var response = await host.Host.InvokeAsync(module, new InvocationRequest());

        var failure = await response.Awaiting(it => it.Completion).Should().ThrowAsync<GuestResponseException>();
        failure.Which.Message.Should().Contain("Content-Length");
        await response.Body.Awaiting(it => it.CopyToAsync(Stream.Null)).Should().ThrowAsync<GuestResponseException>();
    }

    [Fact]
    public async Task Invoke_WithAClockThatFails_FaultsAndCostsNoSlot()
    {
        var clock = new BrokenClock();
        await using var host = new TestHost(options => options.MaxConcurrentInvocations = 1, time: clock);
        var module = await host.LoadGuestAsync("empty");
        clock.IsBroken = true;

        await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<InvalidOperationException>().WithMessage("No timer.");

        clock.IsBroken = false;
        await host.RunAsync(module);
    }

    private TestHost CreateHost(Action<WasiCloudOptions>? configure = null) =>
        new(configure, builder => builder.AddMount("/test", FileAccess.Read, _ => _gate.Mount));

    private sealed class BrokenClock : TimeProvider
    {
        public bool IsBroken { get; set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            IsBroken ? throw new InvalidOperationException("No timer.") : base.CreateTimer(callback, state, dueTime, period);
    }
}
