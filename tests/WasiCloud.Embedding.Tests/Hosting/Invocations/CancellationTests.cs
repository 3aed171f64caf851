using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Invocations;

public sealed class CancellationTests : IDisposable
{
    private readonly Gate _gate = new();
    private readonly CancellationTokenSource _cancellation = new();

    public void Dispose()
    {
        _gate.Dispose();
        _cancellation.Dispose();
    }

    [Fact]
    public async Task Cancel_LoopingGuest_EndsIt()
    {
        await using var host = CreateHost(_gate.Mount);
        var module = await host.LoadTextAsync(GuestText.ReadGateThenLoop);
        _gate.Open();

        var run = host.RunAsync(module, cancellationToken: _cancellation.Token);
        await _gate.ArrivedAsync();
        await _cancellation.CancelAsync();

        await AssertCanceledAsync(run);
    }

    [Fact]
    public async Task Cancel_WaitingGuest_EndsIt()
    {
        await using var host = CreateHost(_gate.Mount);
        var module = await host.LoadTextAsync(GuestText.ReadGate);

        var run = host.RunAsync(module, cancellationToken: _cancellation.Token);
        await _gate.ArrivedAsync();
        await _cancellation.CancelAsync();

        await AssertCanceledAsync(run);
    }

    [Fact]
    public async Task Cancel_SleepingGuest_EndsIt()
    {
        var time = new TimerSignal();
        await using var host = new TestHost(time: time);
        var module = await host.LoadGuestAsync("fault");

        var run = host.RunAsync(module, TestHost.WithArguments("sleep", "3600000"), _cancellation.Token);
        await time.CreatedAsync(2);
        await _cancellation.CancelAsync();

        await AssertCanceledAsync(run);
    }

    [Fact]
    public async Task Cancel_QueuedInvocation_EndsItAndTakesNoSlot()
    {
        await using var host = CreateHost(_gate.Mount, options => options.MaxConcurrentInvocations = 1);
        var module = await host.LoadTextAsync(GuestText.ReadGate);
        var first = host.RunAsync(module);
        await _gate.ArrivedAsync();

        var queued = host.RunAsync(module, cancellationToken: _cancellation.Token);
        await _cancellation.CancelAsync();

        await AssertCanceledAsync(queued);
        _gate.Open();
        await first;
        await host.RunAsync(module);
    }

    [Fact]
    public async Task Cancel_BeforeTheInvocation_RunsNothing()
    {
        await using var host = CreateHost(_gate.Mount);
        var module = await host.LoadTextAsync(GuestText.ReadGate);
        await _cancellation.CancelAsync();

        await AssertCanceledAsync(host.RunAsync(module, cancellationToken: _cancellation.Token));
    }

    [Fact]
    public async Task Cancel_RegistrationOfAMountThatThrows_ReachesTheLogOnly()
    {
        var mount = new TestMount
        {
            OnRead = cancellationToken =>
            {
                _ = cancellationToken.Register(() => throw new InvalidOperationException("A bad registration."));
                return _gate.PassAsync(cancellationToken);
            },
        };
        await using var host = CreateHost(mount);
        var module = await host.LoadTextAsync(GuestText.ReadGate);

        var run = host.RunAsync(module, cancellationToken: _cancellation.Token);
        await _gate.ArrivedAsync();
        _cancellation.Invoking(it => it.Cancel()).Should().NotThrow();

        await AssertCanceledAsync(run);
        host.Logs[8].Should().ContainSingle().Which.Exception!.ToString().Should().Contain("A bad registration.");
    }

    [Fact]
    public async Task Cancel_WhileACommitWaits_IsNoCommitFailure()
    {
        var mount = new TestMount { OnClose = async (_, cancellationToken) => (await _gate.PassAsync(cancellationToken)).Error };
        await using var host = CreateHost(mount);
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $open)"));

        var run = host.RunAsync(module, cancellationToken: _cancellation.Token);
        await _gate.ArrivedAsync();
        await _cancellation.CancelAsync();

        await AssertCanceledAsync(run);
    }

    [Fact]
    public async Task Timeout_WhileACommitWaits_IsTheTimeLimit()
    {
        var mount = new TestMount { OnClose = async (_, cancellationToken) => (await _gate.PassAsync(cancellationToken)).Error };
        var time = new FakeTimeProvider();
        await using var host = new TestHost(build: builder => builder.AddMount("/test", FileAccess.Read, _ => mount), time: time);
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $open)"));

        var run = host.RunAsync(module);
        await _gate.ArrivedAsync();
        time.Advance(TimeSpan.FromSeconds(30));

        var failure = await FluentActions.Awaiting(() => run).Should().ThrowAsync<GuestLimitException>();
        failure.Which.Limit.Should().Be(GuestLimit.Time);
    }

    [Fact]
    public async Task Cancel_AfterTheEnd_DoesNothing()
    {
        await using var host = CreateHost(_gate.Mount);
        var module = await host.LoadGuestAsync("empty");
        await using var response = await host.Host.InvokeAsync(module, new InvocationRequest(), _cancellation.Token);
        await response.Completion;

        await _cancellation.CancelAsync();

        (await response.Completion).ExitCode.Should().Be(0);
    }

    private static TestHost CreateHost(TestMount mount, Action<WasiCloudOptions>? configure = null) =>
        new(configure, builder => builder.AddMount("/test", FileAccess.Read, _ => mount));

    private async Task AssertCanceledAsync(Task run)
    {
        var failure = await FluentActions.Awaiting(() => run).Should().ThrowAsync<OperationCanceledException>();
        failure.Which.CancellationToken.Should().Be(_cancellation.Token);
    }
}
