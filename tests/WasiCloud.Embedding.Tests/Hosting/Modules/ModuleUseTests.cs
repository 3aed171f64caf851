using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Engine;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Modules;

/// <summary>
/// A module that is disposed while somebody uses it: nobody who was accepted loses it, and its code is freed after the last, however that ends.
/// </summary>
public sealed class ModuleUseTests : IDisposable
{
    private const string Fails = """(module (memory (export "memory") 1) (func (export "_start") unreachable))""";
    private const string Counter = """(module (func (export "one") (result i32) (i32.const 1)))""";

    private readonly Gate _gate = new();

    public void Dispose() => _gate.Dispose();

    // As an application does it that replaces its module: whoever is refused has asked too late, and takes the next.
    [Fact]
    public async Task Dispose_UnderLoad_LosesNoInvocation()
    {
        const int Callers = 8, Replacements = 20, RunsPerReplacement = 40;
        await using var host = new TestHost(options => options.MaxConcurrentInvocations = 2);
        var (current, isOver, runs) = (await LoadAsync(host), false, 0);
        var modules = new List<CompiledModule>();
        var callers = Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref isOver))
            {
                Task<InvocationResponse> accepted;
                try
                {
                    accepted = host.Host.InvokeAsync(Volatile.Read(ref current), new InvocationRequest());
                }
                catch (ObjectDisposedException)
                {
                    continue;
                }

                await using var response = await accepted;
                (await response.Completion).ExitCode.Should().Be(0);
                Interlocked.Increment(ref runs);
            }
        })).ToArray();
        for (var replacement = 1; replacement <= Replacements; replacement++)
        {
            await TestHost.UntilAsync(() => Volatile.Read(ref runs) >= replacement * RunsPerReplacement || Array.Exists(callers, caller => caller.IsCompleted));
            var old = Interlocked.Exchange(ref current, await LoadAsync(host));
            old.Dispose();
            modules.Add((CompiledModule)old);
        }

        Volatile.Write(ref isOver, true);
        await Task.WhenAll(callers).WaitAsync(TestHost.Patience);

        await TestHost.UntilAsync(() => modules.TrueForAll(module => module.InstancePre.IsClosed));
        current.Dispose();
        ((CompiledModule)current).InstancePre.IsClosed.Should().BeTrue();
    }

    [Fact]
    public async Task Dispose_WhileSomeWait_FreesTheCodeAfterTheLastOfThem()
    {
        await using var host = CreateHost(slots: 1);
        var module = await host.LoadTextAsync(GuestText.ReadGate);
        var running = host.RunAsync(module);
        await _gate.ArrivedAsync();
        using var given = new CancellationTokenSource();
        var (waits, givesUp) = (host.RunAsync(module), host.RunAsync(module, cancellationToken: given.Token));

        module.Dispose();
        await given.CancelAsync();
        await FluentActions.Awaiting(() => givesUp).Should().ThrowAsync<OperationCanceledException>();
        IsFreed(module).Should().BeFalse();
        _gate.Open();

        (await running).ExitCode.Should().Be(0);
        (await waits).ExitCode.Should().Be(0);
        await FreedAsync(module);
    }

    [Theory]
    [InlineData("cancelled")]
    [InlineData("late")]
    [InlineData("the queue is full")]
    [InlineData("the host is disposed")]
    [InlineData("malformed")]
    public async Task Dispose_AfterInvocationsThatNeverBegan_FreesTheCode(string why)
    {
        var host = CreateHost(slots: 1, options => (options.MaxQueuedInvocations, options.QueueTimeout) =
            (why == "the queue is full" ? 0 : 10, why == "late" ? TimeSpan.FromMilliseconds(1) : TestHost.Patience));
        var (busy, module) = (await host.LoadTextAsync(GuestText.ReadGate), await host.LoadTextAsync(GuestText.ReadGate));
        var running = host.RunAsync(busy);
        await _gate.ArrivedAsync();
        using var cancellation = new CancellationTokenSource();
        var request = why == "malformed" ? new InvocationRequest { Arguments = ["a\0b"] } : new InvocationRequest();
        var waiting = host.RunAsync(module, request, cancellation.Token);
        if (why == "malformed") _gate.Open();
        if (why == "cancelled") await cancellation.CancelAsync();
        if (why == "the host is disposed") await host.DisposeAsync();
        await EndAsync(waiting);
        waiting.IsCompletedSuccessfully.Should().BeFalse();
        module.Dispose();

        await FreedAsync(module);
        _gate.Open();
        await EndAsync(running);
        await host.DisposeAsync();
    }

    [Fact]
    public async Task Dispose_WhileAnInstanceLives_KeepsItUntilItIsDisposed()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(Counter);
        var instance = await host.Host.StartAsync(module, new InvocationRequest());

        module.Dispose();

        (await instance.GetFunction("one").CallAsync(default, CancellationToken.None))[0].ToInt32().Should().Be(1);
        await host.Host.Awaiting(it => it.StartAsync(module, new InvocationRequest())).Should().ThrowAsync<ObjectDisposedException>();
        IsFreed(module).Should().BeFalse();
        await instance.DisposeAsync();
        await FreedAsync(module);
    }

    [Fact]
    public async Task Dispose_WhileADaemonRuns_KeepsItForItsRestartsUntilItIsStopped()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(Fails);
        var delay = TimeSpan.FromMilliseconds(1);
        var options = new GuestDaemonOptions { Restart = GuestRestart.Always, MaxRestarts = 1_000, MinRestartDelay = delay, MaxRestartDelay = delay };
        var daemon = host.Host.StartDaemon(module, "failing", options);

        module.Dispose();
        var restarts = daemon.Restarts;

        await TestHost.UntilAsync(() => daemon.Restarts > restarts + 2);
        daemon.LastFailure.Should().BeOfType<GuestTrapException>();
        FluentActions.Invoking(() => host.Host.StartDaemon(module, "another", options)).Should().Throw<ObjectDisposedException>();
        IsFreed(module).Should().BeFalse();
        await daemon.StopAsync();
        await FreedAsync(module);
    }

    private static async Task EndAsync(Task run) => await run.WaitAsync(TestHost.Patience)
        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    private static Task<GuestModule> LoadAsync(TestHost host) => host.LoadGuestAsync("empty");

    private static bool IsFreed(GuestModule module) => ((CompiledModule)module).InstancePre.IsClosed;

    private static Task FreedAsync(GuestModule module) => TestHost.UntilAsync(() => IsFreed(module));

    private TestHost CreateHost(int slots, Action<WasiCloudOptions>? configure = null) => new(
        options =>
        {
            options.MaxConcurrentInvocations = slots;
            configure?.Invoke(options);
        },
        builder => builder.AddMount("/test", FileAccess.Read, _ => _gate.Mount));
}
