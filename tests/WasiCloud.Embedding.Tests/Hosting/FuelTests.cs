using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

// Calls that run the guest on the test's own thread are what is tested.
#pragma warning disable VSTHRD103

public class FuelTests
{
    private const int Rounds = 1_000;

    // Counts to 1,000 in its start section, and again in _start.
    private const string StartSection = """
        (module
          (memory (export "memory") 1)
          (start 0)
          (func (export "_start") (local i32)
            (loop (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br_if 0 (i32.ne (local.get 0) (i32.const 1000))))))
        """;

    [Fact]
    public async Task Invoke_OutOfFuel_IsTheLimit()
    {
        await using var host = new TestHost(options => options.MaxFuel = 10_000);
        var module = await host.LoadTextAsync(ComputingGuests.Loop);

        var failure = (await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestLimitException>()).Which;
        (failure.Limit, failure.Value).Should().Be((GuestLimit.Fuel, 10_000));
        failure = (await host.Awaiting(it => it.RunAsync(module, new InvocationRequest { Fuel = 5 })).Should().ThrowAsync<GuestLimitException>()).Which;
        (failure.Limit, failure.Value).Should().Be((GuestLimit.Fuel, 5));
    }

    [Fact]
    public async Task Invoke_WithinItsFuel_TellsWhatItBurned()
    {
        await using var host = new TestHost(options => options.MaxFuel = 1_000_000);
        var module = await host.LoadGuestAsync("empty");

        var first = await host.RunAsync(module);
        var second = await host.RunAsync(module);

        first.FuelConsumed.Should().BeInRange(1, 999_999);
        second.FuelConsumed.Should().Be(first.FuelConsumed, "fuel does not depend on the machine");
    }

    [Fact]
    public async Task Invoke_WithAStartSection_SharesTheFuelWithIt()
    {
        await using var host = new TestHost(options => options.MaxFuel = 1_000_000);
        var module = await host.LoadTextAsync(StartSection);

        var burned = (await host.RunAsync(module)).FuelConsumed!.Value;

        burned.Should().BeGreaterThan(2 * Rounds);
        await host.RunAsync(module, new InvocationRequest { Fuel = burned + 1 });
        await host.Awaiting(it => it.RunAsync(module, new InvocationRequest { Fuel = burned - Rounds })).Should().ThrowAsync<GuestLimitException>();
    }

    [Fact]
    public async Task Call_EachTime_GetsItsFuelAnew()
    {
        await using var host = new TestHost(options => options.MaxFuel = 1_000);
        await using var instance = await host.StartTextAsync(ComputingGuests.Counts);
        var count = instance.GetFunction("count");

        for (var round = 0; round < 5; round++) count.Call(100);
        var small = instance.FuelConsumed;
        count.Call(new GuestCallOptions { Fuel = 100_000 }, CancellationToken.None, 10_000);

        instance.FuelConsumed.Should().BeGreaterThan(small!.Value * 50);
        count.Invoking(it => it.Call(10_000)).Should().Throw<GuestLimitException>().Which.Value.Should().Be(1_000);
    }

    [Fact]
    public async Task Fuel_NotCounted_CannotBeAskedFor()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(ComputingGuests.Counts);
        var command = await host.LoadTextAsync(ComputingGuests.Loop);

        instance.GetFunction("count").Call(1);

        instance.FuelConsumed.Should().BeNull();
        instance.GetFunction("count").Invoking(it => it.Call(new GuestCallOptions { Fuel = 1 }, CancellationToken.None, 1))
            .Should().Throw<ArgumentException>().WithMessage("*MaxFuel is not set*");
        await host.Awaiting(it => it.RunAsync(command, new InvocationRequest { Fuel = 1 })).Should().ThrowAsync<ArgumentException>();
        (await host.RunAsync(await host.LoadGuestAsync("empty"))).FuelConsumed.Should().BeNull();
    }

    [Fact]
    public async Task Fuel_Negative_IsRefused()
    {
        await using var host = new TestHost(options => options.MaxFuel = 1_000);
        var command = await host.LoadTextAsync(ComputingGuests.Loop);

        var run = host.Awaiting(it => it.RunAsync(command, new InvocationRequest { Fuel = -1, Timeout = TimeSpan.Zero }));

        await run.Should().ThrowAsync<ArgumentException>().WithParameterName("request")
            .WithMessage("InvocationRequest.Timeout is 00:00:00; it must be more than 0 *InvocationRequest.Fuel is -1; it must be 0 or more.*");
    }
}
