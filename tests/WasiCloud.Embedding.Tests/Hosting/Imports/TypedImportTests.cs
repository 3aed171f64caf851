using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Imports;

// Calls that run the guest on the test's own thread are what is tested.
#pragma warning disable VSTHRD103

public class TypedImportTests
{
    private const string CallsAdd = """
        (module
          (import "env" "add" (func $add (param i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 8) "hello")
          (func (export "add") (param i32 i32) (result i32) (call $add (local.get 0) (local.get 1))))
        """;

    [Fact]
    public async Task Import_Lambda_GetsArgumentsAndGivesItsResult()
    {
        await using var host = new TestHost(build: builder => builder.AddImport("env", "add", (int a, int b) => a + b));
        await using var instance = await host.StartTextAsync(CallsAdd);

        instance.GetFunction<int, int, int>("add").Call(40, 2).Should().Be(42);
    }

    [Fact]
    public async Task Import_EveryArity_PassesEachArgumentInItsPlace()
    {
        var done = new List<int>();
        await using var host = new TestHost(build: builder => ArityImports.Add(builder, done.Add));

        await host.RunAsync(await host.LoadTextAsync(ArityImports.Command));
        await using var instance = await host.StartTextAsync(ArityImports.Reactor);
        instance.GetAction("go").Call();
        await instance.GetAction("go").CallAsync();

        int[] once = [.. Enumerable.Repeat(ArityImports.Weights, 3).SelectMany(weights => weights)];
        done.Should().Equal([.. once, .. once, .. once]);
    }

    [Fact]
    public async Task Import_EveryType_ArrivesAndReturnsBitForBit()
    {
        (uint, ulong, float, double) heard = default;
        await using var host = new TestHost(build: builder => builder.AddImport("env", "all", (uint a, ulong b, float c, double d) =>
        {
            heard = (a, b, c, d);
            return (0.25, long.MinValue, -0f);
        }));
        await using var instance = await host.StartTextAsync("""
            (module
              (import "env" "all" (func $all (param i32 i64 f32 f64) (result f64 i64 f32)))
              (memory (export "memory") 1)
              (func (export "go") (result f64 i64 f32) (call $all (i32.const -1) (i64.const -2) (f32.const 0.5) (f64.const -0.5))))
            """);

        var (first, second, third) = instance.GetFunction<(double, long, float)>("go").Call();

        heard.Should().Be((uint.MaxValue, ulong.MaxValue - 1, 0.5f, -0.5));
        (first, second, BitConverter.SingleToInt32Bits(third)).Should().Be((0.25, long.MinValue, int.MinValue));
    }

    [Fact]
    public async Task Import_WithItsCaller_SeesMemoryAndWhoCalls()
    {
        string? heard = null;
        await using var host = new TestHost(build: builder => builder.AddImport("env", "add", (GuestCaller caller, uint address, uint length) =>
        {
            var text = caller.GetMemory(address, length);
            heard = caller.Invocation.GetFeature<string>() + ":" + System.Text.Encoding.UTF8.GetString(text);
            text.Clear();
            return text.Length;
        }));
        await using var instance = await host.StartTextAsync(CallsAdd, new InvocationRequest { Features = ["player 7"] });

        instance.GetFunction<int, int, int>("add").Call(8, 5).Should().Be(5);

        heard.Should().Be("player 7:hello");
        var cleared = new byte[5];
        instance.ReadMemory(8, cleared);
        cleared.Should().OnlyContain(value => value == 0);
    }

    [Theory]
    [InlineData(65535u, 2u)]
    [InlineData(65537u, 0u)]
    [InlineData(0u, uint.MaxValue)]
    [InlineData(uint.MaxValue, uint.MaxValue)]
    public async Task Import_RangeBeyondTheMemory_EndsTheGuest(uint address, uint length)
    {
        await using var host = new TestHost(build: builder =>
            builder.AddImport("env", "add", (GuestCaller caller, uint start, uint count) => caller.GetMemory(start, count).Length));
        await using var instance = await host.StartTextAsync(CallsAdd);

        instance.GetFunction<uint, uint, int>("add").Invoking(it => it.Call(address, length))
            .Should().Throw<GuestTrapException>().WithMessage(
                $"*env.add failed*{length} bytes*65536 bytes*").WithInnerException<ArgumentOutOfRangeException>();
    }

    [Fact]
    public async Task Import_ThatThrows_EndsTheGuestWithTheReason()
    {
        await using var host = new TestHost(build: builder =>
            builder.AddImport("env", "add", int (int a, int b) => throw new InvalidDataException("no such player")));
        await using var instance = await host.StartTextAsync(CallsAdd);

        instance.GetFunction<int, int, int>("add").Invoking(it => it.Call(0, 0))
            .Should().Throw<GuestTrapException>().WithMessage("*env.add failed: no such player*").WithInnerException<InvalidDataException>();
    }

    [Fact]
    public async Task Load_ImportOfAnotherSignature_NamesIt()
    {
        await using var host = new TestHost(build: builder => builder.AddImport("env", "add", (int a, long b) => a + b));

        await host.Awaiting(it => it.LoadTextAsync(CallsAdd)).Should().ThrowAsync<InvalidGuestModuleException>().WithMessage("*env.add(i32, i32) -> i32*");
    }

    [Fact]
    public void AddImport_TypesThatNoGuestKnows_AreRefused()
    {
        var builder = new ServiceCollection().AddWasiCloud();

        foreach (var add in (Action<IWasiCloudBuilder>[])
        [
            it => it.AddImport("env", "f", (byte a) => 1), it => it.AddImport("env", "f", (int a) => true), it => it.AddImport("env", "f", (nint a) => { }),
            it => it.AddImport("env", "f", (GuestCaller caller, char a) => { }), it => it.AddImport("env", "f", () => (1, false)),
            it => it.AddImport("env", "f", (GuestAsyncCaller caller, Guid a) => ValueTask.CompletedTask),
            it => it.AddImport("env", "f", (GuestAsyncCaller caller) => ValueTask.FromResult('x')),
        ])
        {
            builder.Invoking(add).Should().Throw<ArgumentException>().WithMessage("Guests and hosts exchange*");
        }
    }

    [Theory]
    [InlineData(GuestValueType.V128)]
    [InlineData(GuestValueType.FuncRef)]
    [InlineData(GuestValueType.ExternRef)]
    [InlineData(GuestValueType.Reference)]
    [InlineData(GuestValueType.None)]
    public void AddImport_TypesThatHostsDoNotExchange_AreRefused(GuestValueType type)
    {
        var builder = new ServiceCollection().AddWasiCloud();

        builder.Invoking(it => it.AddImport("env", "f", [type], [], _ => { })).Should().Throw<ArgumentException>().WithMessage($"{type} is not*");
        builder.Invoking(it => it.AddImport("env", "f", [], [type], (_, _, _) => ValueTask.CompletedTask))
            .Should().Throw<ArgumentException>().WithMessage($"{type} is not*");
    }

    [Fact]
    public void AddImport_NameThatNoModuleCanHave_IsRefused()
    {
        var builder = new ServiceCollection().AddWasiCloud();

        builder.Invoking(it => it.AddImport("env", "half\uD800", () => 1)).Should().Throw<ArgumentException>().WithParameterName("name");
        builder.Invoking(it => it.AddImport("\uDC00", "f", [], [], _ => { })).Should().Throw<ArgumentException>().WithParameterName("module");
    }

    [Fact]
    public async Task Import_NamesOfAnyCharacters_AreMatchedAsTheyAre()
    {
        await using var host = new TestHost(build: builder => builder.AddImport("a\0b", "\u202Eevil", () => 7));

        await using var instance = await host.StartTextAsync("""
            (module
              (import "a\00b" "\e2\80\aeevil" (func $f (result i32)))
              (memory (export "memory") 1)
              (func (export "go") (result i32) (call $f)))
            """);

        instance.GetFunction<int>("go").Call().Should().Be(7);
    }

    [Fact]
    public async Task Import_OneThousandParameters_Arrive()
    {
        const int Count = 1000;
        var sum = 0;
        var types = Enumerable.Repeat(GuestValueType.I32, Count).ToArray();
        await using var host = new TestHost(build: builder => builder
            .AddImport("env", "many", types, types, call =>
            {
                foreach (var argument in call.Arguments) sum += argument.ToInt32();
                call.Arguments.CopyTo(call.Results);
            })
            .AddImport("env", "late", types, types, async (_, arguments, results) =>
            {
                await Task.Yield();
                arguments.CopyTo(results);
            }));
        var arguments = string.Concat(Enumerable.Range(0, Count).Select(number => $" (i32.const {number})"));
        var parameters = string.Concat(Enumerable.Repeat(" i32", Count));
        var drops = string.Concat(Enumerable.Repeat(" (drop)", Count - 1));
        var module = await host.LoadTextAsync($"""
            (module
              (import "env" "many" (func $many (param{parameters}) (result{parameters})))
              (import "env" "late" (func $late (param{parameters}) (result{parameters})))
              (memory (export "memory") 1)
              (func (export "_start") (call $late (call $many{arguments})) {drops} (if (then unreachable))))
            """);

        await host.RunAsync(module);

        sum.Should().Be(Count * (Count - 1) / 2);
    }

    [Fact]
    public async Task Import_Typed_AllocatesNothing()
    {
        await using var host = new TestHost(build: builder => builder.AddImport("env", "add", (GuestCaller caller, int a, int b) => a + b));
        await using var instance = await host.StartTextAsync(CallsAdd);
        var add = instance.GetFunction<int, int, int>("add");
        for (var warmUp = 0; warmUp < 100; warmUp++) add.Call(1, 2);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1000; round++) add.Call(1, 2);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
    }
}
