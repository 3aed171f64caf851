using System.Diagnostics;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

public sealed class HostHealthCheckTests : IDisposable
{
    private readonly Gate _gate = new();

    public void Dispose() => _gate.Dispose();

    [Fact]
    public async Task Check_OfAHostThatRunsGuests_IsHealthyAndTellsWhatThereIsToDo()
    {
        await using var host = CreateHost();

        var result = await CheckAsync(host);

        result.Status.Should().Be(HealthStatus.Healthy);
        result.Data.Should().Contain("running", 0).And.Contain("slots", 2).And.Contain("queued", 0).And.Contain("maxQueued", 1);
        result.Data.Should().ContainKeys("waitingToCompute", "responseBufferBytes", "processBytes");
    }

    [Fact]
    public async Task Check_WithASlotFree_LeavesItFree()
    {
        await using var host = CreateHost();
        var guest = await StartGuestAsync(host);

        for (var time = 0; time < 3; time++) (await CheckAsync(host)).Status.Should().Be(HealthStatus.Healthy);

        (await CheckAsync(host)).Data["running"].Should().Be(1);
        _gate.Open();
        await guest;
    }

    [Fact]
    public async Task Check_WithAllSlotsTaken_IsDegradedWithoutWaiting()
    {
        await using var host = CreateHost();
        Task[] guests = [await StartGuestAsync(host), await StartGuestAsync(host)];

        var result = await CheckAsync(host);

        result.Status.Should().Be(HealthStatus.Degraded);
        result.Data["running"].Should().Be(2);
        result.Data["queued"].Should().Be(0, "the check itself does not wait there");
        _gate.Open();
        await Task.WhenAll(guests);
        (await CheckAsync(host)).Status.Should().Be(HealthStatus.Healthy);
    }

    [Fact]
    public async Task Check_WithAFullQueue_IsDegradedAndSaysSo()
    {
        await using var host = CreateHost();
        var module = await host.LoadTextAsync(GuestText.ReadGate);
        Task[] guests = [await StartGuestAsync(host), await StartGuestAsync(host), host.RunAsync(module)];

        var result = await CheckAsync(host);

        (result.Status, result.Data["queued"]).Should().Be((HealthStatus.Degraded, 1));
        result.Description.Should().Contain("wait");
        _gate.Open();
        await Task.WhenAll(guests);
    }

    [Fact]
    public async Task Check_WhileOthersComputeForEver_IsHealthy()
    {
        await using var host = CreateHost(options => (options.MaxComputingGuests, options.MaxConcurrentInvocations) = (1, 8));
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(loop (br 0))"));
        using var end = new CancellationTokenSource();
        var guests = Enumerable.Range(0, 4).Select(_ => Task.Run(() => host.RunAsync(module, cancellationToken: end.Token))).ToList();
        await TestHost.UntilAsync(async () => (int)(await CheckAsync(host)).Data["running"] == 4);

        (await CheckAsync(host)).Status.Should().Be(HealthStatus.Healthy);

        await end.CancelAsync();
        foreach (Task guest in guests) await guest.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    [Fact]
    public async Task Check_OfAHostOnWhichGuestsCannotRun_IsWhatTheApplicationSays()
    {
        await using var host = CreateHost(options => options.MaxFuel = 0);

        (await CheckAsync(host)).Status.Should().Be(HealthStatus.Unhealthy);
    }

    [Fact]
    public async Task Check_OfAHostWithoutRoomForMemory_DoesNotNeedAny()
    {
        await using var host = CreateHost(options => (options.MaxMemoryBytes, options.MaxModuleBytes, options.MaxCompilationBytes) = (64 << 10, 8, 1 << 20));

        (await CheckAsync(host)).Status.Should().Be(HealthStatus.Healthy);
    }

    [Fact]
    public async Task Check_Cancelled_SaysSo()
    {
        await using var host = CreateHost();
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();

        await host.Awaiting(it => CheckAsync(it, cancellation.Token)).Should().ThrowAsync<OperationCanceledException>();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(30 * 24 * 3600)]
    public void Timeout_OutOfItsRange_NamesTheCallersParameter(int seconds) =>
        new ServiceCollection().AddHealthChecks().Invoking(it => it.AddWasiCloud(timeout: TimeSpan.FromSeconds(seconds)))
            .Should().Throw<ArgumentException>().WithParameterName("timeout");

    private static async Task<HealthReportEntry> CheckAsync(TestHost host, CancellationToken cancellationToken = default)
    {
        var checking = host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(cancellationToken);
        var patience = Stopwatch.StartNew();
        var report = await checking.WaitAsync(TestHost.Patience, CancellationToken.None);
        patience.Elapsed.Should().BeLessThan(TimeSpan.FromMinutes(1), "whoever waits for a slot here waits for 10 minutes");
        return report.Entries["wasicloud"];
    }

    private TestHost CreateHost(Action<WasiCloudOptions>? configure = null) => new(
        options =>
        {
            (options.MaxConcurrentInvocations, options.MaxQueuedInvocations, options.QueueTimeout) = (2, 1, TimeSpan.FromMinutes(10));
            configure?.Invoke(options);
        },
        builder =>
        {
            builder.AddMount("/test", FileAccess.Read, _ => _gate.Mount);
            builder.Services.AddSingleton(typeof(ILogger<>), typeof(Logger<>)).AddHealthChecks().AddWasiCloud();
        });

    private async Task<Task> StartGuestAsync(TestHost host)
    {
        var module = await host.LoadTextAsync(GuestText.ReadGate);
        var running = host.RunAsync(module);
        await _gate.ArrivedAsync();
        return running;
    }
}
