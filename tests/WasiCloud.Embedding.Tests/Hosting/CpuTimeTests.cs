using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.Hosting.Connections;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

// Calls that run the guest on the test's own thread are what is tested.
#pragma warning disable VSTHRD103

public class CpuTimeTests
{
    private const string Counts = """
        (module (memory (export "memory") 1)
          (func (export "count") (param i64) (loop (local.set 0 (i64.sub (local.get 0) (i64.const 1))) (br_if 0 (i64.ne (local.get 0) (i64.const 0))))))
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(50);

    public static TheoryData<string> Hogs => ComputingGuests.Hogs;

    [Theory]
    [MemberData(nameof(Hogs))]
    public async Task Invoke_ComputesForEver_IsTheLimit(string hog)
    {
        await using var host = new TestHost(options => (options.MaxCpuTime, options.ExecutionTimeout) = (Limit, Timeout.InfiniteTimeSpan));
        var module = await host.LoadTextAsync(ComputingGuests.TextOf(hog));

        var failure = (await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestLimitException>()).Which;

        (failure.Limit, failure.Value).Should().Be((GuestLimit.CpuTime, 50));
        failure.Message.Should().Be("The guest computed for longer than its limit of 50 ms.");
    }

    [Fact]
    public async Task Invoke_RequestThatAsksForAnother_HasIt()
    {
        await using var host = new TestHost(options => options.ExecutionTimeout = Timeout.InfiniteTimeSpan);
        var module = await host.LoadTextAsync(ComputingGuests.Loop);

        var failure = (await host.Awaiting(it => it.RunAsync(module, new InvocationRequest { MaxCpuTime = TimeSpan.FromMilliseconds(20) }))
            .Should().ThrowAsync<GuestLimitException>()).Which;
        (failure.Limit, failure.Value).Should().Be((GuestLimit.CpuTime, 20));

        failure = (await host.Awaiting(it => it.RunAsync(module, new InvocationRequest { MaxCpuTime = Timeout.InfiniteTimeSpan, Timeout = Limit }))
            .Should().ThrowAsync<GuestLimitException>()).Which;
        failure.Limit.Should().Be(GuestLimit.Time);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    [InlineData(30L * 24 * 60 * 60 * 1000)]
    public async Task Invoke_LimitOutOfRange_IsRefused(long milliseconds)
    {
        await using var host = new TestHost();
        var module = await host.LoadGuestAsync("empty");

        await host.Awaiting(it => it.RunAsync(module, new InvocationRequest { MaxCpuTime = TimeSpan.FromMilliseconds(milliseconds) }))
            .Should().ThrowAsync<ArgumentException>().WithMessage("InvocationRequest.MaxCpuTime is *; it must be more than 0*");
    }

    [Fact]
    public async Task Invoke_WaitsForLonger_IsNotTheLimit()
    {
        // As long as the limit and more, whatever the machine does: the guest is let go only then.
        async ValueTask<FsResult<int>> ReadAsync(CancellationToken cancellationToken)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), cancellationToken);
            return 0;
        }

        var limit = TimeSpan.FromMilliseconds(200);
        await using var host = new TestHost(
            options => options.MaxCpuTime = limit, builder => builder.AddMount("/test", FileAccess.Read, _ => new TestMount { OnRead = ReadAsync }));
        var module = await host.LoadTextAsync(GuestText.ReadGate);

        var completion = await host.RunAsync(module);

        completion.Elapsed.Should().BeGreaterThan(limit);
        completion.CpuTime.Should().BeGreaterThan(TimeSpan.Zero).And.BeLessThan(completion.Elapsed);
    }

    [Fact]
    public async Task Invoke_Computes_TellsHowLong()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync("""
            (module (memory (export "memory") 1)
              (func (export "_start") (local i32) (loop (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br_if 0 (i32.ne (local.get 0)
                (i32.const 200000000))))))
            """);

        var completion = await host.RunAsync(module);

        // Not even twice as fast a processor counts 200,000,000 in less.
        completion.CpuTime.Should().BeGreaterThan(TimeSpan.FromMilliseconds(10)).And.BeLessThanOrEqualTo(completion.Elapsed);
    }

    [Fact]
    public async Task Daemon_ComputesForEverForOneRequest_FailsWithTheLimit()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(ComputingGuests.AcceptsAndLoops);
        await using var daemon = host.Host.StartDaemon(module, "daemon", new GuestDaemonOptions { MaxCpuTime = Limit, Restart = GuestRestart.Never });

        var response = daemon.InvokeAsync(new InvocationRequest());
        await daemon.Completion.WaitAsync(TestHost.Patience);

        daemon.LastFailure.Should().BeOfType<GuestLimitException>().Which.Limit.Should().Be(GuestLimit.CpuTime);
        await response.Awaiting(it => it).Should().ThrowAsync<GuestException>();
    }

    [Fact]
    public async Task Connection_GuestThatComputesForEver_EndsByTheLimitOfTimeWhereThereIsNoOther()
    {
        await using var host = new TestHost(options => options.ExecutionTimeout = Limit, builder => builder.AddConnectionFiles());
        using var pair = await LoopbackPair.ConnectAsync();
        var (client, server) = pair.Upgrade();
        using (client)
        {
            var serving = host.Host.ServeConnectionAsync(await host.LoadTextAsync(ComputingGuests.Loop), new GuestConnection(server));

            (await serving.Awaiting(it => it.WaitAsync(TestHost.Patience))
                .Should().ThrowAsync<GuestLimitException>()).Which.Limit.Should().Be(GuestLimit.CpuTime);
        }
    }

    [Fact]
    public async Task Call_EachTime_HasItAnew()
    {
        await using var host = new TestHost(options => (options.MaxCpuTime, options.ExecutionTimeout) = (TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan));
        await using var instance = await host.StartTextAsync(Counts, new InvocationRequest { MaxCpuTime = TimeSpan.FromSeconds(10) });
        var count = instance.GetFunction("count");

        for (var call = 0; call < 10; call++) count.Call(1_000L);
        var failure = count.Invoking(it => it.Call(new GuestCallOptions { MaxCpuTime = Limit }, CancellationToken.None, long.MaxValue))
            .Should().Throw<GuestLimitException>().Which;

        (failure.Limit, failure.Value).Should().Be((GuestLimit.CpuTime, 50));
    }
}
