using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

public sealed class LimitTests
{
    [Fact]
    public async Task Time_LoopingGuest_IsEndedByTheEngineEvenIfNoTimerFires()
    {
        await using var host = new TestHost(time: new FakeTimeProvider());
        var module = await host.LoadGuestAsync("loop");

        var failure = await FailAsync(host, module, new InvocationRequest { Timeout = TimeSpan.FromMilliseconds(20) });

        failure.Should().Match<GuestLimitException>(it => it.Limit == GuestLimit.Time && it.Value == 20);
    }

    [Fact]
    public async Task Time_LoopingGuest_IsEndedByTheTimer()
    {
        using var gate = new Gate();
        var time = new FakeTimeProvider();
        await using var host = new TestHost(build: builder => builder.AddMount("/test", FileAccess.Read, _ => gate.Mount), time: time);
        var module = await host.LoadTextAsync(GuestText.ReadGateThenLoop);
        gate.Open();

        var run = FailAsync(host, module);
        await gate.ArrivedAsync();
        time.Advance(TimeSpan.FromSeconds(30));

        (await run).Should().Match<GuestLimitException>(it => it.Limit == GuestLimit.Time && it.Value == 30_000);
    }

    [Fact]
    public async Task Time_LoopInTheStartSection_IsEnded()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync("""(module (memory (export "memory") 1) (func $begin (loop (br 0))) (start $begin) (func (export "_start")))""");

        var failure = await FailAsync(host, module, new InvocationRequest { Timeout = TimeSpan.FromMilliseconds(20) });

        failure.Limit.Should().Be(GuestLimit.Time);
    }

    [Fact]
    public async Task Time_WaitingGuest_IsEndedByTheTimer()
    {
        using var gate = new Gate();
        var time = new FakeTimeProvider();
        await using var host = new TestHost(build: builder => builder.AddMount("/test", FileAccess.Read, _ => gate.Mount), time: time);
        var module = await host.LoadTextAsync(GuestText.ReadGate);

        var run = FailAsync(host, module);
        await gate.ArrivedAsync();
        time.Advance(TimeSpan.FromSeconds(30));

        (await run).Limit.Should().Be(GuestLimit.Time);
    }

    [Fact]
    public async Task Time_Infinite_IsNoLimit()
    {
        using var gate = new Gate();
        var time = new FakeTimeProvider();
        await using var host = new TestHost(build: builder => builder.AddMount("/test", FileAccess.Read, _ => gate.Mount), time: time);
        var module = await host.LoadTextAsync(GuestText.ReadGate);

        var run = host.RunAsync(module, new InvocationRequest { Timeout = Timeout.InfiniteTimeSpan });
        await gate.ArrivedAsync();
        time.Advance(TimeSpan.FromDays(365));
        gate.Open();

        (await run).Elapsed.Should().Be(TimeSpan.FromDays(365));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    [InlineData(30L * 24 * 60 * 60 * 1000)]
    public async Task Time_OutOfRange_IsRefusedAndCostsNoSlot(long milliseconds)
    {
        await using var host = new TestHost(options => options.MaxConcurrentInvocations = 1);
        var module = await host.LoadGuestAsync("empty");

        await host.Awaiting(it => it.RunAsync(module, new InvocationRequest { Timeout = TimeSpan.FromMilliseconds(milliseconds) }))
            .Should().ThrowAsync<ArgumentException>().WithMessage("InvocationRequest.Timeout is *").WithParameterName("request");

        await host.RunAsync(module);
    }

    [Theory]
    [InlineData("fault", "allocate")]
    [InlineData("grow_forever", "")]
    public async Task Memory_GuestThatAllocatesWithoutEnd_IsNamed(string guest, string argument)
    {
        await using var host = new TestHost(options => options.MaxMemoryBytes = 32 << 20);
        var module = await host.LoadGuestAsync(guest);

        var failure = await FailAsync(host, module, TestHost.WithArguments(argument));

        failure.Should().Match<GuestLimitException>(it => it.Limit == GuestLimit.Memory && it.Value == 32 << 20);
        failure.InnerException.Should().BeOfType<GuestTrapException>();
    }

    [Fact]
    public async Task Memory_GuestThatIgnoresIt_IsEndedByItsTime()
    {
        await using var host = new TestHost(options => options.MaxMemoryBytes = 32 << 20);
        var module = await host.LoadGuestAsync("fault");

        var failure = await FailAsync(host, module, new InvocationRequest { Arguments = ["allocate-ignore"], Timeout = TimeSpan.FromMilliseconds(200) });

        failure.Limit.Should().Be(GuestLimit.Time);
    }

    [Fact]
    public async Task Memory_LimitThatIsNoMultipleOfAPage_RoundsDown()
    {
        await using var host = new TestHost(options => options.MaxMemoryBytes = (3 << 16) + 1_000);
        var module = await host.LoadTextAsync("""
            (module (memory (export "memory") 1)
              (func (export "_start") (loop $again (br_if $again (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))))
            """);

        (await host.RunAsync(module)).MemoryBytes.Should().Be(3 << 16);
    }

    [Fact]
    public async Task Output_GuestThatFloods_EndsResponseAndCompletion()
    {
        await using var host = new TestHost(options => options.MaxResponseBytes = 100_000);
        var module = await host.LoadGuestAsync("fault");

        await using var response = await host.Host.InvokeAsync(module, TestHost.WithArguments("flood"));

        var body = await response.Body.Awaiting(it => it.CopyToAsync(Stream.Null)).Should().ThrowAsync<GuestLimitException>();
        body.Which.Should().Match<GuestLimitException>(it => it.Limit == GuestLimit.Output && it.Value == 100_000);
        await response.Awaiting(it => it.Completion).Should().ThrowAsync<GuestLimitException>();
    }

    [Fact]
    public async Task Descriptors_GuestThatFailsForWantOfThem_IsNamed()
    {
        await using var host = new TestHost(options => options.MaxDescriptors = 20);
        var module = await host.LoadTextAsync(GuestText.Command("dev/null", "(loop $again (call $open) (br $again))"));

        var failure = await FailAsync(host, module);

        failure.Should().Match<GuestLimitException>(it => it.Limit == GuestLimit.Descriptors && it.Value == 20);
        failure.InnerException.Should().BeOfType<GuestExitException>().Which.ExitCode.Should().Be((int)Errno.MFile);
    }

    [Fact]
    public async Task Descriptors_GuestThatCopesWithIt_EndsWell()
    {
        await using var host = new TestHost(options => options.MaxDescriptors = 20);
        var module = await host.LoadGuestAsync("fault");

        (await host.RunAsync(module, TestHost.WithArguments("openmany"))).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Concurrency_WaitLongerThanQueueTimeout_IsNamed()
    {
        using var gate = new Gate();
        await using var host = new TestHost(
            options => (options.MaxConcurrentInvocations, options.QueueTimeout) = (2, TimeSpan.FromMilliseconds(1)),
            builder => builder.AddMount("/test", FileAccess.Read, _ => gate.Mount));
        var module = await host.LoadTextAsync(GuestText.ReadGate);
        Task<InvocationCompletion>[] runs = [host.RunAsync(module), host.RunAsync(module)];
        await gate.ArrivedAsync(2);

        (await FailAsync(host, module)).Should().Match<GuestLimitException>(it => it.Limit == GuestLimit.Concurrency && it.Value == 2);

        gate.Open();
        await Task.WhenAll(runs);
        await host.RunAsync(module);
    }

    [Fact]
    public async Task Concurrency_GuestsOfOneModuleThatWaitForEver_LeaveRoomForAnother()
    {
        using var gate = new Gate();
        await using var host = new TestHost(
            options => (options.MaxConcurrentInvocations, options.QueueTimeout) = (4, TestHost.Patience),
            builder => builder.AddMount("/test", FileAccess.Read, _ => gate.Mount));
        var sleeps = await host.LoadTextAsync(GuestText.ReadGate);
        var other = await host.LoadGuestAsync("empty");
        var sleepers = Enumerable.Range(0, 8).Select(_ => host.RunAsync(sleeps)).ToList();
        await gate.ArrivedAsync(3);

        (await host.RunAsync(other)).ExitCode.Should().Be(0);

        sleepers.Should().OnlyContain(run => !run.IsCompleted);
        gate.Open();
        await Task.WhenAll(sleepers);
    }

    [Fact]
    public async Task Concurrency_ModuleThatMayTakeAll_TakesAll()
    {
        using var gate = new Gate();
        await using var host = new TestHost(
            options => (options.MaxConcurrentInvocations, options.QueueTimeout) = (4, TimeSpan.Zero),
            builder => builder.AddMount("/test", FileAccess.Read, _ => gate.Mount));
        var sleeps = await host.LoadTextAsync(GuestText.ReadGate, new GuestModuleOptions { MaxConcurrentInvocations = 4 });
        var sleepers = Enumerable.Range(0, 4).Select(_ => host.RunAsync(sleeps)).ToList();

        await gate.ArrivedAsync(4);

        gate.Open();
        await Task.WhenAll(sleepers);
        await host.Awaiting(it => it.LoadTextAsync(GuestText.ReadGate, new GuestModuleOptions { MaxConcurrentInvocations = 0 }))
            .Should().ThrowAsync<ArgumentException>().WithMessage("*GuestModuleOptions.MaxConcurrentInvocations is 0*").WithParameterName("options");
    }

    [Fact]
    public async Task Queue_MoreThanMayWait_IsNamed()
    {
        using var gate = new Gate();
        await using var host = new TestHost(
            options => (options.MaxConcurrentInvocations, options.MaxQueuedInvocations) = (1, 0),
            builder => builder.AddMount("/test", FileAccess.Read, _ => gate.Mount));
        var module = await host.LoadTextAsync(GuestText.ReadGate);
        var run = host.RunAsync(module);
        await gate.ArrivedAsync(1);

        (await FailAsync(host, module)).Should().Match<GuestLimitException>(it => it.Limit == GuestLimit.Queue && it.Value == 0);

        gate.Open();
        await run;
        await host.RunAsync(module);
    }

    [Fact]
    public async Task Concurrency_MoreThanSlots_AllGetTheirTurn()
    {
        await using var host = new TestHost(options => options.MaxConcurrentInvocations = 4);
        var module = await host.LoadGuestAsync("empty");

        var completions = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => host.RunAsync(module)));

        completions.Should().OnlyContain(completion => completion.ExitCode == 0);
    }

    private static async Task<GuestLimitException> FailAsync(TestHost host, GuestModule module, InvocationRequest? request = null) =>
        (await host.Awaiting(it => it.RunAsync(module, request)).Should().ThrowAsync<GuestLimitException>()).Which;
}
