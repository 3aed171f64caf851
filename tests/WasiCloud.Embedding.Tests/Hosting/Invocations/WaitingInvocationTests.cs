using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Hosting.Invocations;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Invocations;

/// <summary>Invocations that wait for a place to compute while so many do that no guest is made for them yet.</summary>
public sealed class WaitingInvocationTests : IDisposable
{
    private const int Places = 200;

    // More than are kept ready, and those that compute.
    private static readonly int s_many = (8 * Environment.ProcessorCount) + 2;

    private readonly CancellationTokenSource _hogs = new();

    public void Dispose() => _hogs.Dispose();

    [Fact]
    public async Task Invoke_ManyWaitToCompute_RunsWhenItHasAPlace()
    {
        await using var host = CreateHost();
        var (busy, running) = await BeginHogsAsync(host);

        // Of modules that use less: they go first, one after another.
        for (var run = 0; run < 5; run++)
        {
            using var quiet = await host.LoadGuestAsync("empty");
            WaitingInvocation.MustWait((CompiledModule)quiet, ((CompiledModule)quiet).ComputeShare).Should().BeTrue();
            (await host.RunAsync(quiet).WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);
        }

        await EndAsync(running);
        GateOf(busy).Waiting.Should().Be(0);
        await FillAsync(host, busy);
    }

    [Fact]
    public async Task Invoke_ManyWaitToComputeAndTheLastGuestsWereBrief_RunsAtOnce()
    {
        await using var host = CreateHost();
        var (_, running) = await BeginHogsAsync(host);
        using var brief = await host.LoadGuestAsync("empty");
        ((CompiledModule)brief).ComputeShare.NoteGuest(1);

        for (var run = 0; run < 5; run++)
        {
            WaitingInvocation.MustWait((CompiledModule)brief, ((CompiledModule)brief).ComputeShare).Should().BeFalse();
            (await host.RunAsync(brief).WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);

            // Whatever this one took, on a machine that has other things to do.
            for (var guest = 0; guest < 8; guest++) ((CompiledModule)brief).ComputeShare.NoteGuest(1);
        }

        await EndAsync(running);
    }

    [Fact]
    public async Task Invoke_CancelledWhileItWaits_EndsAtOnceAndGivesEverythingBack()
    {
        await using var host = CreateHost();
        var (busy, running) = await BeginHogsAsync(host);
        var before = GateOf(busy).Waiting;
        using var cancellation = new CancellationTokenSource();

        var waiting = Enumerable.Range(0, 50).Select(_ => host.RunAsync(busy, cancellationToken: cancellation.Token)).ToList();
        GateOf(busy).Waiting.Should().Be(before + 50);
        await cancellation.CancelAsync();

        GateOf(busy).Waiting.Should().Be(before);
        foreach (var run in waiting)
            (await run.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(cancellation.Token);
        await EndAsync(running);
        await FillAsync(host, busy);
    }

    [Fact]
    public async Task Invoke_PastItsTimeWhileItWaits_IsEndedByIt()
    {
        await using var host = CreateHost();
        var (busy, running) = await BeginHogsAsync(host);

        var waiting = Enumerable.Range(0, 10).Select(_ => host.RunAsync(busy, new InvocationRequest { Timeout = TimeSpan.FromMilliseconds(20) })).ToList();

        foreach (var run in waiting)
        {
            (await run.Awaiting(it => it).Should().ThrowAsync<GuestLimitException>())
                .Which.Should().Match<GuestLimitException>(it => it.Limit == GuestLimit.Time && it.Value == 20);
        }

        await EndAsync(running);
        await FillAsync(host, busy);
    }

    [Fact]
    public void Invoke_HadToWait_HasWhatIsLeftOfItsTime()
    {
        var limits = new ExecutionLimits(TimeSpan.FromSeconds(30), GuestStore.UnlimitedFuel, Timeout.InfiniteTimeSpan) { Waited = TimeSpan.FromSeconds(20) };

        limits.Remaining.Should().Be(TimeSpan.FromSeconds(10));
        (limits with { Waited = TimeSpan.FromSeconds(40) }).Remaining.Should().Be(TimeSpan.Zero);
        (limits with { Timeout = Timeout.InfiniteTimeSpan }).Remaining.Should().Be(Timeout.InfiniteTimeSpan);
        (limits.Deadline - Environment.TickCount64).Should().BeInRange(1, 10_001);
    }

    // Whichever thread makes room, the caller's own context is the one that its mounts and logs see.
    [Fact]
    public async Task Begin_HadToWaitForAPlace_IsInTheContextOfItsOwnCaller()
    {
        await using var host = new TestHost(options => options.MaxComputingGuests = 1);
        var module = (CompiledModule)await host.LoadGuestAsync("empty");
        using var slots = new InvocationSlots(1, 1, TestHost.Patience);
        slots.TryEnter(module, CancellationToken.None).Should().BeTrue();
        var other = new Arrival(module, module.ComputeShare, CancellationToken.None);
        other.TryEnter().Should().BeTrue();
        var (local, seen) = (new AsyncLocal<string>(), new TaskCompletionSource<string?>());
        local.Value = "own";
        var waiting = CreateWaiting(host, slots, module, (_, _) =>
        {
            seen.SetResult(local.Value);
            slots.Leave(module);
            return Task.FromException<InvocationResponse>(new TimeoutException());
        });

        waiting.WaitForPlace();
        local.Value = "another's";
        other.Leave();

        (await seen.Task.WaitAsync(TestHost.Patience)).Should().Be("own");
        await waiting.Response.Awaiting(it => it).Should().ThrowAsync<TimeoutException>();
    }

    [Fact]
    public async Task Begin_ThatThrows_FailsAndGivesThePlaceBack()
    {
        await using var host = new TestHost(options => options.MaxComputingGuests = 1);
        var module = (CompiledModule)await host.LoadGuestAsync("empty");
        using var slots = new InvocationSlots(1, 1, TestHost.Patience);
        var waiting = CreateWaiting(host, slots, module, (_, _) => throw new TimeoutException());

        slots.Wait(module, waiting);

        await waiting.Response.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<TimeoutException>();
        new Arrival(module, module.ComputeShare, CancellationToken.None).TryEnter().Should().BeTrue();
    }

    [Fact]
    public async Task Host_DisposedWhileManyWait_EndsThem()
    {
        var host = CreateHost();
        var (busy, running) = await BeginHogsAsync(host);
        var waiting = Enumerable.Range(0, 100).Select(_ => host.RunAsync(busy)).ToList();

        await host.DisposeAsync().AsTask().WaitAsync(TestHost.Patience);

        foreach (var run in waiting.Concat(running)) await run.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
    }

    // Each that ends gives its place to the next: however many they are, that is no recursion.
    [Fact]
    public async Task Module_DisposedWhileManyWait_RunsThemAll()
    {
        await using var host = new TestHost(options => (options.MaxComputingGuests, options.MaxConcurrentInvocations) = (1, 4000));
        var busy = await host.LoadTextAsync(ComputingGuests.Loop);
        var running = Enumerable.Range(0, s_many).Select(_ => host.RunAsync(busy, new InvocationRequest { Timeout = Timeout.InfiniteTimeSpan }, _hogs.Token))
            .ToList();

        // They compute for a moment each: most wait when it is disposed.
        var gone = await host.LoadTextAsync("""
            (module (memory (export "memory") 1) (func (export "_start") (local $left i32)
              (local.set $left (i32.const 100000))
              (loop $again (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))
            """);
        await TestHost.UntilAsync(() => GateOf(busy).Waiting >= s_many - 2);
        var waiting = Enumerable.Range(0, 1000)
            .Select(_ => host.RunAsync(gone, new InvocationRequest { Timeout = Timeout.InfiniteTimeSpan })).ToList();

        gone.Dispose();

        foreach (var run in waiting) (await run.WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);
        await TestHost.UntilAsync(() => ((CompiledModule)gone).InstancePre.IsClosed);
        await EndAsync(running);
    }

    private static TestHost CreateHost() => new(options =>
        (options.MaxComputingGuests, options.MaxConcurrentInvocations, options.MaxConcurrentInvocationsPerModule, options.QueueTimeout) =
            (1, Places, Places, TimeSpan.Zero));

    private static WaitingInvocation CreateWaiting(
        TestHost host, InvocationSlots slots, CompiledModule module, Func<ExecutionLimits, ComputeTurn?, Task<InvocationResponse>> begin) =>
        new(
            new InvocationServices(
                new WasiCloudOptions(), null!, null!, null!, default, TimeProvider.System, SystemRandomSource.Instance,
                NullLogger.Instance, null!, null, CancellationToken.None),
            slots, module, module, module.ComputeShare,
            new ExecutionLimits(TestHost.Patience, GuestStore.UnlimitedFuel, Timeout.InfiniteTimeSpan), begin, CancellationToken.None);

    private static ComputeGate GateOf(GuestModule module) => ((CompiledModule)module).Engine.Gate;

    // Every slot was given back: as many guests as there are run at one time, and a further one is refused.
    private static async Task FillAsync(TestHost host, GuestModule module)
    {
        using var cancellation = new CancellationTokenSource();
        var all = Enumerable.Range(0, Places).Select(_ => host.RunAsync(module, cancellationToken: cancellation.Token)).ToList();
        (await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Concurrency);
        await cancellation.CancelAsync();
        foreach (var run in all) await run.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
    }

    private async Task<(GuestModule Module, List<Task<InvocationCompletion>> Running)> BeginHogsAsync(TestHost host)
    {
        var module = await host.LoadTextAsync(ComputingGuests.Loop);
        var running = Enumerable.Range(0, s_many).Select(_ => host.RunAsync(module, new InvocationRequest { Timeout = Timeout.InfiniteTimeSpan }, _hogs.Token))
            .ToList();

        // All but the one that computes.
        await TestHost.UntilAsync(() => GateOf(module).Waiting >= s_many - 1);
        return (module, running);
    }

    private async Task EndAsync(List<Task<InvocationCompletion>> running)
    {
        running.Should().OnlyContain(run => !run.IsCompleted);
        await _hogs.CancelAsync();
        foreach (var run in running) await run.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
    }
}
