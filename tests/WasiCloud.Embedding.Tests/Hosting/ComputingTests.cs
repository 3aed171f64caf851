using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Rpc;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

// Guests that are called on the test's own threads, and waited for there, are what is tested.
#pragma warning disable VSTHRD002
#pragma warning disable VSTHRD103

/// <summary>One guest computes at a time, so that whoever should not keep the place and does, keeps all others waiting.</summary>
public class ComputingTests
{
    // Reads something first: a connection of which it has seen nothing would come again.
    private const string AcceptsAndCloses = """
        (module
          (import "wasi_snapshot_preview1" "sock_recv" (func $receive (param i32 i32 i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
          (import "env" "accepted" (func $accepted))
          (memory (export "memory") 1)
          (data (i32.const 16) "\00\10\00\00\00\10\00\00")
          (func (export "_start")
            (loop $next
              (if (i32.eqz (call $accept (i32.const 3) (i32.const 0) (i32.const 0))) (then
                (call $accepted)
                (drop (call $receive (i32.load (i32.const 0)) (i32.const 16) (i32.const 1) (i32.const 0) (i32.const 4) (i32.const 8)))
                (drop (call $close (i32.load (i32.const 0))))
                (br $next))))))
        """;

    public static TheoryData<string> Hogs => ComputingGuests.Hogs;

    [Theory]
    [MemberData(nameof(Hogs))]
    public async Task Guest_OfAnotherModule_GoesBeforeThoseThatComputeForEver(string hog)
    {
        const int Count = 10;
        await using var host = CreateHost();
        var busy = await host.LoadTextAsync(ComputingGuests.TextOf(hog));
        var quiet = await host.LoadGuestAsync("empty");
        using var cancellation = new CancellationTokenSource();
        var hogs = Enumerable.Range(0, Count).Select(_ => host.RunAsync(busy, new InvocationRequest { Timeout = Timeout.InfiniteTimeSpan }, cancellation.Token))
            .ToList();

        for (var run = 0; run < 5; run++) (await host.RunAsync(quiet)).ExitCode.Should().Be(0);

        hogs.Should().OnlyContain(run => !run.IsCompleted);
        await cancellation.CancelAsync();
        foreach (var run in hogs) await run.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
        await host.RunAsync(quiet);
    }

    [Fact]
    public async Task Guests_CancelledBeforeTheirTurn_AreNeverStarted()
    {
        const int Count = 50;
        var started = 0;
        await using var host = CreateHost(builder => builder.AddImport("env", "started", [], [], _ => Interlocked.Increment(ref started)), slots: 100);
        var module = await host.LoadTextAsync(
            """(module (import "env" "started" (func $started)) (memory (export "memory") 1) (func (export "_start") (call $started) (loop (br 0))))""");
        using var cancellation = new CancellationTokenSource();

        var runs = Enumerable.Range(0, Count).Select(_ => host.RunAsync(module, cancellationToken: cancellation.Token)).ToList();
        await cancellation.CancelAsync();
        foreach (var run in runs) await run.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();

        // One computes for 100 ms before it is behind those that have not begun.
        started.Should().BeLessThan(Count);
        started = 0;
        foreach (var run in Enumerable.Range(0, Count).Select(_ => host.RunAsync(module, cancellationToken: cancellation.Token)))
            await run.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
        started.Should().Be(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Import_ThatInvokesAnotherGuestAndWaits_GetsItsAnswer(int depth)
    {
        TestHost host = null!;
        GuestModule outer = null!, inner = null!;
        var left = depth;
        host = CreateHost(builder => builder.AddImport("env", "invoke", [], [], _ => host.RunAsync(--left > 0 ? outer : inner).GetAwaiter().GetResult()));
        await using (host)
        {
            outer = await host.LoadTextAsync("""
                (module (import "env" "invoke" (func $invoke)) (memory (export "memory") 1) (func (export "_start") (call $invoke)))
                """);
            inner = await host.LoadGuestAsync("empty");

            (await host.RunAsync(outer)).ExitCode.Should().Be(0);
        }
    }

    [Fact]
    public async Task Mount_ThatInvokesAnotherGuestAndWaits_GetsItsAnswer()
    {
        TestHost host = null!;
        GuestModule inner = null!;
        var mount = new TestMount
        {
            OnRead = cancellationToken =>
            {
                host.RunAsync(inner, cancellationToken: cancellationToken).GetAwaiter().GetResult();
                return new(0);
            },
        };
        host = CreateHost(builder => builder.AddMount("/test", FileAccess.Read, _ => mount));
        await using (host)
        {
            inner = await host.LoadGuestAsync("empty");

            (await host.RunAsync(await host.LoadTextAsync(GuestText.ReadGate))).ExitCode.Should().Be(0);
        }
    }

    [Fact]
    public async Task Import_ThatCallsAnInstance_GetsItsResult()
    {
        GuestFunction function = null!;
        await using var host = CreateHost(builder => builder.AddImport("env", "call", [], [], _ => function.Call(10_000_000)));
        await using var instance = await host.StartTextAsync(ComputingGuests.Counts);
        function = instance.GetFunction("count");
        var caller = await host.LoadTextAsync("""
            (module (import "env" "call" (func $call)) (memory (export "memory") 1) (func (export "_start") (call $call)))
            """);

        (await host.RunAsync(caller)).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Call_BesideOneThatComputesForEver_ComesToItsEnd()
    {
        await using var host = CreateHost();
        using var cancellation = new CancellationTokenSource();
        var loop = host.RunAsync(await host.LoadTextAsync(ComputingGuests.Loop), cancellationToken: cancellation.Token);
        await using var instance = await host.StartTextAsync(ComputingGuests.Counts);

        // 30 ms and more, so that it comes to several ticks.
        await Task.Run(() => instance.GetFunction("count").Call(100_000_000)).WaitAsync(TestHost.Patience);
        await instance.GetFunction("count").CallAsync(100_000_000).WaitAsync(TestHost.Patience);

        loop.IsCompleted.Should().BeFalse();
        await cancellation.CancelAsync();
        await loop.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Guests_ThatWait_NeedNoPlace()
    {
        using var gate = new Gate();
        await using var host = CreateHost(builder => builder.AddMount("/test", FileAccess.Read, _ => gate.Mount));
        var waits = await host.LoadTextAsync(GuestText.ReadGate);
        var parked = Enumerable.Range(0, 10).Select(_ => host.RunAsync(waits)).ToList();

        await gate.ArrivedAsync(10);
        gate.Open();

        foreach (var run in parked) (await run).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Guests_ThatCallAnotherGuestAndWait_GetTheirAnswers()
    {
        await using var host = CreateHost(builder => builder.AddRpcService("echo", RpcAccess.Call | RpcAccess.Serve));
        var module = await host.LoadGuestAsync("rpc");
        var serving = host.RunAsync(module, new InvocationRequest { Arguments = ["serve", "echo"] });
        var rpc = host.Services.GetRequiredService<IGuestRpc>();
        await TestHost.UntilAsync(() => host.Services.GetRequiredService<RpcServices>().Find("echo")!.HasServer);

        var callers = Enumerable.Range(0, 4)
            .Select(number => host.RunAsync(module, new InvocationRequest { Arguments = ["check", "echo", "20", $"caller{number}"] })).ToList();

        foreach (var caller in callers) (await caller.WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);
        rpc.Stop("echo");
        await serving.WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task Daemon_RequestsWhoseClientsHaveGone_NeverReachIt()
    {
        var (accepted, goOn) = (new SemaphoreSlim(0), new SemaphoreSlim(0));
        var count = 0;
        await using var host = CreateHost(builder => builder.AddImport("env", "accepted", [], [], _ =>
        {
            Interlocked.Increment(ref count);
            accepted.Release();
            goOn.Wait();
        }));
        await using var daemon = host.Host.StartDaemon(await host.LoadTextAsync(AcceptsAndCloses), "daemon");
        var first = daemon.InvokeAsync(new InvocationRequest());
        await accepted.WaitAsync(TestHost.Patience);
        using var cancellation = new CancellationTokenSource();
        var gone = Enumerable.Range(0, 20).Select(_ => daemon.InvokeAsync(new InvocationRequest(), cancellation.Token)).ToList();
        var last = daemon.InvokeAsync(new InvocationRequest());

        await cancellation.CancelAsync();
        foreach (var request in gone) await request.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
        goOn.Release(2);

        // It closes their connections without an answer.
        await first.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestException>();
        await last.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<GuestException>();
        count.Should().Be(2);
    }

    [Fact]
    public async Task Guest_BehindThoseThatCompute_IsEndedByItsTime()
    {
        await using var host = CreateHost();
        var loop = await host.LoadTextAsync(ComputingGuests.Loop);
        var limited = new InvocationRequest { Timeout = TimeSpan.FromMilliseconds(50) };

        var runs = Enumerable.Range(0, 8).Select(_ => host.RunAsync(loop, limited)).ToList();

        foreach (var run in runs) (await run.Awaiting(it => it).Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.Time);
    }

    private static TestHost CreateHost(Action<IWasiCloudBuilder>? build = null, int slots = 16) => new(
        options => (options.MaxComputingGuests, options.MaxConcurrentInvocations) = (1, slots),
        build);
}
