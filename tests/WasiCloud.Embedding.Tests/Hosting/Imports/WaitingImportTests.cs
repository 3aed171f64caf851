using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Imports;

// Calls that run the guest on the test's own thread are what is tested.
#pragma warning disable VSTHRD103

public class WaitingImportTests
{
    [Fact]
    public async Task Import_ThatWaits_GivesItsResultAndWhatItWrote()
    {
        string? heard = null;
        await using var host = CreateHost(async (caller, address, length) =>
        {
            await Task.Yield();
            heard = caller.Invocation.GetFeature<string>() + ":" + Encoding.UTF8.GetString(caller.ReadMemory(address, length));
            await Task.Yield();
            caller.WriteMemory(address, "HELLO"u8);
            return 7;
        });
        var request = new InvocationRequest { Features = ["player 7"] };

        await host.RunAsync(await host.LoadTextAsync(WaitingGuests.Command), request);
        heard.Should().Be("player 7:hello");
        await using var instance = await host.StartTextAsync(WaitingGuests.Reactor, request);
        var go = instance.GetFunction<uint, uint, int>("go");

        go.Call(8, 5).Should().Be(7);
        heard.Should().Be("player 7:hello");
        (await go.CallAsync(8, 5)).Should().Be(7);
        heard.Should().Be("player 7:HELLO");
    }

    [Fact]
    public async Task Import_ThatCompletesAtOnce_NeedsNoWait()
    {
        await using var host = CreateHost(static (_, _, length) => ValueTask.FromResult((int)length + 2));

        await host.RunAsync(await host.LoadTextAsync(WaitingGuests.Command));
        await using var instance = await host.StartTextAsync(WaitingGuests.Reactor);

        instance.GetFunction<uint, uint, int>("go").Call(0, 5).Should().Be(7);
    }

    [Fact]
    public async Task Import_WithAnyValues_GetsAndGivesThem()
    {
        GuestValue[] heard = [];
        await using var host = new TestHost(build: builder => builder
            .AddImport(
                "env", "all", [GuestValueType.I32, GuestValueType.F64], [GuestValueType.F32, GuestValueType.I64], async (caller, arguments, results) =>
                {
                    await Task.Yield();
                    heard = arguments.ToArray();
                    results.Span[1] = long.MinValue;
                })
            .AddImport("env", "wrong", [], [GuestValueType.I32], async (_, _, results) =>
            {
                await Task.Yield();
                results.Span[0] = 1.5;
            }));
        var right = await host.LoadTextAsync("""
            (module
              (import "env" "all" (func $all (param i32 f64) (result f32 i64)))
              (memory (export "memory") 1)
              (func (export "_start") (call $all (i32.const -1) (f64.const 0.5)) (if (i64.ne (i64.const 0x8000000000000000)) (then unreachable)) (
                  if (f32.ne (f32.const 0)) (then unreachable))))
            """);
        var wrong = await host.LoadTextAsync(
            """(module (import "env" "wrong" (func $wrong (result i32))) (memory (export "memory") 1) (func (export "_start") (drop (call $wrong))))""");

        await host.RunAsync(right);
        heard.Should().Equal(-1, 0.5);
        await host.Awaiting(it => it.RunAsync(wrong)).Should().ThrowAsync<GuestTrapException>().WithMessage(
            "*env.wrong failed: Result 0 is F64; it must be I32*");
    }

    [Fact]
    public async Task Import_ThatWaits_HoldsNoPlaceToCompute()
    {
        using var gate = new Gate();
        await using var host = CreateHost(
            async (caller, _, _) =>
            {
                await gate.PassAsync(caller.CancellationToken);
                return 7;
            },
            options => options.MaxComputingGuests = 1);
        var waiting = await host.LoadTextAsync(WaitingGuests.Command);
        var other = await host.LoadGuestAsync("empty");

        var runs = Enumerable.Range(0, 5).Select(_ => host.RunAsync(waiting)).ToList();
        await gate.ArrivedAsync(5);
        (await host.RunAsync(other)).ExitCode.Should().Be(0);

        runs.Should().OnlyContain(run => !run.IsCompleted);
        gate.Open();
        foreach (var run in runs) (await run.WaitAsync(TestHost.Patience)).ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task Import_OfManyGuestsAtOneTime_ConfusesNoCall()
    {
        await using var host = CreateHost(
            static async (caller, address, length) =>
            {
                var before = caller.ReadMemory(address, length);
                await Task.Yield();
                if (length % 3 == 0) await Task.Delay(TimeSpan.FromMilliseconds(1), caller.CancellationToken);
                caller.ReadMemory(address, length).Should().Equal(before);
                return (int)(address ^ length);
            },
            options => options.MaxQueuedInvocations = 1000);
        var module = await host.LoadTextAsync("""
            (module
              (import "env" "wait" (func $wait (param i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
              (memory (export "memory") 1)
              (func (export "_start") (local $count i32)
                (drop (call $random (i32.const 0) (i32.const 1024)))
                (local.set $count (i32.const 20))
                (loop $again
                  (if (i32.ne (call $wait (i32.const 64) (local.get $count)) (i32.xor (i32.const 64) (local.get $count))) (then unreachable))
                  (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
            """);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => host.RunAsync(module)));
    }

    [Fact]
    public async Task Import_OfAStartSection_MayWaitToo()
    {
        await using var host = CreateHost(static async (_, _, _) =>
        {
            await Task.Yield();
            return 7;
        });
        const string Start = """
            (func $start (if (i32.ne (call $wait (i32.const 0) (i32.const 0)) (i32.const 7)) (then unreachable))) (start $start)
            """;
        var import = """(import "env" "wait" (func $wait (param i32 i32) (result i32))) (memory (export "memory") 1)""";

        await host.RunAsync(await host.LoadTextAsync($"""(module {import} {Start} (func (export "_start")))"""));
        await using var instance = await host.StartTextAsync($"""(module {import} {Start} (func (export "f")))""");

        instance.GetAction("f").Call();
    }

    [Fact]
    public async Task Import_AfterTheMemoryGrew_SeesAllOfIt()
    {
        await using var host = CreateHost(static async (caller, address, length) =>
        {
            await Task.Yield();
            return caller.ReadMemory(address, length)[0];
        });
        await using var instance = await host.StartTextAsync("""
            (module
              (import "env" "wait" (func $wait (param i32 i32) (result i32)))
              (memory (export "memory") 1)
              (func (export "go") (result i32)
                (drop (memory.grow (i32.const 3)))
                (i32.store8 (i32.const 262143) (i32.const 9))
                (call $wait (i32.const 262143) (i32.const 1))))
            """);

        instance.GetFunction<int>("go").Call().Should().Be(9);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Import_ThatThrows_EndsTheGuestWithTheReason(bool isLate)
    {
        await using var host = CreateHost(async (_, _, _) =>
        {
            if (isLate) await Task.Yield();
            throw new InvalidDataException("no such player");
        });
        await using var instance = await host.StartTextAsync(WaitingGuests.Reactor);
        var command = await host.LoadTextAsync(WaitingGuests.Command);

        (await host.Awaiting(it => it.RunAsync(command)).Should().ThrowAsync<GuestTrapException>().WithMessage("*env.wait failed: no such player*"))
            .WithInnerException<InvalidDataException>();
        instance.GetFunction<int, int, int>("go").Invoking(it => it.Call(0, 0))
            .Should().Throw<GuestTrapException>().WithMessage("*env.wait failed: no such player*").WithInnerException<InvalidDataException>();
        instance.Failure.Should().BeOfType<GuestTrapException>();
    }

    [Fact]
    public async Task Import_CancelledByItself_IsAFailureAndNoCancellation()
    {
        await using var host = CreateHost(static async (_, _, _) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, new CancellationToken(canceled: true));
            return 7;
        });
        var command = await host.LoadTextAsync(WaitingGuests.Command);

        await host.Awaiting(it => it.RunAsync(command)).Should().ThrowAsync<GuestTrapException>().WithMessage("*env.wait failed*");
    }

    [Theory]
    [InlineData(65535u, 2u)]
    [InlineData(65537u, 0u)]
    [InlineData(0u, uint.MaxValue)]
    [InlineData(uint.MaxValue, 1u)]
    [InlineData(uint.MaxValue, uint.MaxValue)]
    public async Task Import_RangeBeyondTheMemory_EndsTheGuest(uint address, uint length)
    {
        await using var host = CreateHost(static async (caller, address, length) =>
        {
            await Task.Yield();
            return caller.ReadMemory(address, length).Length;
        });
        await using var reading = await host.StartTextAsync(WaitingGuests.Reactor);

        reading.GetFunction<uint, uint, int>("go").Invoking(it => it.Call(address, length))
            .Should().Throw<GuestTrapException>().WithMessage(
                $"*env.wait failed*{length} bytes*65536 bytes*").WithInnerException<ArgumentOutOfRangeException>();
    }

    [Fact]
    public async Task Memory_PartlyBeyondTheEnd_IsNotWritten()
    {
        Exception? failure = null;
        await using var host = CreateHost(async (caller, address, _) =>
        {
            await Task.Yield();
            failure = Record.Exception(() => caller.WriteMemory(address, new byte[] { 1, 2, 3 }));
            Record.Exception(() => caller.ReadMemory(address, new byte[3])).Should().BeOfType<ArgumentOutOfRangeException>();
            return caller.ReadMemory(address, 2)[0];
        });
        await using var instance = await host.StartTextAsync(WaitingGuests.Reactor);

        instance.GetFunction<uint, uint, int>("go").Call(65534, 3).Should().Be(0);

        failure.Should().BeOfType<ArgumentOutOfRangeException>().Which.Message.Should().Contain("3 bytes").And.Contain("65536 bytes");
    }

    private static TestHost CreateHost(Func<GuestAsyncCaller, uint, uint, ValueTask<int>> wait, Action<WasiCloudOptions>? configure = null) =>
        new(configure, builder => builder.AddImport("env", "wait", wait));
}
