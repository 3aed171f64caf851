using System.Diagnostics;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

// Calls that run the guest on the test's own thread are what is tested.
#pragma warning disable VSTHRD103

/// <summary>Whatever ends a guest ends it inside one long call, whatever kind of guest it is.</summary>
public sealed class LongCallTests
{
    // One call fills 3 GiB, which takes 15 s, and more where the machine is busy with other tests.
    private const string Fill = "(drop (call $random (i32.const 0) (i32.const 0xbfffffff)))";

    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task Cancellation_EndsIt()
    {
        await using var host = NewHost();
        var module = await host.LoadTextAsync(Text($"""(func (export "_start") (loop $again {Fill} (br $again)))"""));
        using var source = new CancellationTokenSource();
        var watch = Stopwatch.StartNew();
        source.CancelAfter(s_limit);

        var request = new InvocationRequest { Timeout = Timeout.InfiniteTimeSpan };
        await host.Awaiting(it => it.RunAsync(module, request, source.Token)).Should().ThrowAsync<OperationCanceledException>();
        watch.Elapsed.Should().BeLessThan(s_bound);
    }

    [Fact]
    public async Task CpuTime_EndsIt()
    {
        await using var host = NewHost();
        var module = await host.LoadTextAsync(Text($"""(func (export "_start") (loop $again {Fill} (br $again)))"""));
        var watch = Stopwatch.StartNew();
        var request = new InvocationRequest { Timeout = Timeout.InfiniteTimeSpan, MaxCpuTime = s_limit };

        (await host.Awaiting(it => it.RunAsync(module, request)).Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.CpuTime);
        watch.Elapsed.Should().BeLessThan(s_bound);
    }

    [Fact]
    public async Task CpuTime_OfOneLongCall_IsCounted()
    {
        await using var host = NewHost();
        var module = await host.LoadTextAsync(Text("""(func (export "_start") (drop (call $random (i32.const 0) (i32.const 0x7ffffff))))"""));

        // On fibers most of the call runs where the guest's own meter does not. Nothing makes 128 MiB of random bytes in less.
        var completion = await host.RunAsync(module);
        completion.CpuTime.Should().BeGreaterThan(TimeSpan.FromMilliseconds(10));
    }

    [Theory]
    [InlineData(GuestLimit.Time)]
    [InlineData(GuestLimit.CpuTime)]
    public async Task Instance_CallWithALimit_EndsIt(GuestLimit limit)
    {
        await using var host = NewHost();
        await using var instance = await host.StartTextAsync(Text($"""(func (export "fill") {Fill})"""));
        var options = limit == GuestLimit.Time ? new GuestCallOptions { Timeout = s_limit } : new GuestCallOptions { MaxCpuTime = s_limit };
        var fill = instance.GetFunction("fill");
        var watch = Stopwatch.StartNew();

        fill.Invoking(it => it.Call(options, CancellationToken.None)).Should().Throw<GuestLimitException>().Which.Limit.Should().Be(limit);
        watch.Elapsed.Should().BeLessThan(s_bound);
    }

    [Fact]
    public async Task Instance_CallIsCancelled_EndsIt()
    {
        await using var host = NewHost();
        await using var instance = await host.StartTextAsync(Text($"""(func (export "fill") {Fill})"""));
        var fill = instance.GetFunction("fill");
        using var source = new CancellationTokenSource();
        var watch = Stopwatch.StartNew();
        source.CancelAfter(s_limit);

        fill.Invoking(it => it.Call(new GuestCallOptions { Timeout = Timeout.InfiniteTimeSpan }, source.Token)).Should().Throw<OperationCanceledException>();
        watch.Elapsed.Should().BeLessThan(s_bound);
    }

    [Fact]
    public async Task Daemon_OneRequestFillsForEver_FailsWithTheLimit()
    {
        await using var host = NewHost();
        var module = await host.LoadTextAsync(Text(
            $"""(func (export "_start") (drop (call $accept (i32.const 3) (i32.const 0) (i32.const 0))) (loop $again {Fill} (br $again)))""",
            """(import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))"""));
        await using var daemon = host.Host.StartDaemon(module, "daemon", new GuestDaemonOptions { MaxCpuTime = s_limit, Restart = GuestRestart.Never });
        var watch = Stopwatch.StartNew();

        var response = daemon.InvokeAsync(new InvocationRequest());
        await daemon.Completion.WaitAsync(TestHost.Patience);

        daemon.LastFailure.Should().BeOfType<GuestLimitException>().Which.Limit.Should().Be(GuestLimit.CpuTime);
        await response.Awaiting(it => it).Should().ThrowAsync<GuestException>();
        watch.Elapsed.Should().BeLessThan(s_bound);
    }

    private static TestHost NewHost() => new(options => options.MaxMemoryBytes = 3L << 30);

    private static string Text(string functions, string imports = "") => $"""
        (module
          (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
          {imports}
          (memory (export "memory") 49152)
          {functions})
        """;
}
