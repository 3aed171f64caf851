using System.Globalization;
using System.Text;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Reactors;

// Calls that run the guest on the test's own thread are what is tested.
#pragma warning disable VSTHRD103

public class TypedFunctionTests
{
    private const string Numbers = """
        (module
          (memory (export "memory") 1)
          (global $noted (mut i32) (i32.const 0))
          (func (export "i32") (param i32) (result i32) (local.get 0))
          (func (export "i64") (param i64) (result i64) (local.get 0))
          (func (export "f32") (param f32) (result f32) (local.get 0))
          (func (export "f64") (param f64) (result f64) (local.get 0))
          (func (export "swap") (param i32 f64) (result f64 i32) (local.get 1) (local.get 0))
          (func (export "seven") (result i32 i64 f32 f64 i32 i64 f32)
            (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4) (i32.const 5) (i64.const 6) (f32.const 7))
          (func (export "eight") (result i32 i32 i32 i32 i32 i32 i32 i32)
            (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8))
          (func (export "note") (param i32) (global.set $noted (i32.add (global.get $noted) (local.get 0))))
          (func (export "noted") (result i32) (global.get $noted))
          (func (export "vector") (param v128))
          (func (export "reference") (param externref) (result funcref) (ref.null func))
          (func (export "forever") (loop (br 0)))
          (func (export "trap") (param i32) (result i32) unreachable))
        """;

    [Fact]
    public async Task Call_EveryType_PassesItBitForBit()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Numbers);

        instance.GetFunction<int, int>("i32").Call(int.MinValue).Should().Be(int.MinValue);
        instance.GetFunction<uint, uint>("i32").Call(uint.MaxValue).Should().Be(uint.MaxValue);
        instance.GetFunction<uint, int>("i32").Call(uint.MaxValue).Should().Be(-1);
        instance.GetFunction<long, long>("i64").Call(long.MinValue).Should().Be(long.MinValue);
        instance.GetFunction<ulong, ulong>("i64").Call(ulong.MaxValue).Should().Be(ulong.MaxValue);
        BitConverter.SingleToInt32Bits(instance.GetFunction<float, float>("f32").Call(-0f)).Should().Be(int.MinValue);
        var nan = BitConverter.Int64BitsToDouble(0x7FF8_0000_DEAD_BEEF);
        BitConverter.DoubleToInt64Bits(instance.GetFunction<double, double>("f64").Call(nan)).Should().Be(0x7FF8_0000_DEAD_BEEF);
        (await instance.GetFunction<long, long>("i64").CallAsync(long.MaxValue)).Should().Be(long.MaxValue);
    }

    [Fact]
    public async Task Call_SeveralResults_AreATuple()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Numbers);

        instance.GetFunction<int, double, (double, int)>("swap").Call(5, 0.5).Should().Be((0.5, 5));
        (await instance.GetFunction<int, double, (double, uint)>("swap").CallAsync(-1, -0.5)).Should().Be((-0.5, uint.MaxValue));
        instance.GetFunction<(int, long, float, double, uint, ulong, float)>("seven").Call().Should().Be((1, 2L, 3f, 4d, 5u, 6ul, 7f));
    }

    [Fact]
    public async Task Call_EveryArity_PassesEachArgumentInItsPlace()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Arities());

        instance.GetFunction<int>("f0").Call().Should().Be(0);
        instance.GetFunction<int, int>("f1").Call(1).Should().Be(1);
        instance.GetFunction<int, int, int>("f2").Call(1, 2).Should().Be(5);
        instance.GetFunction<int, int, int, int>("f3").Call(1, 2, 3).Should().Be(14);
        instance.GetFunction<int, int, int, int, int>("f4").Call(1, 2, 3, 4).Should().Be(30);
        instance.GetFunction<int, int, int, int, int, int>("f5").Call(1, 2, 3, 4, 5).Should().Be(55);
        instance.GetFunction<int, int, int, int, int, int, int>("f6").Call(1, 2, 3, 4, 5, 6).Should().Be(91);
        instance.GetFunction<int, int, int, int, int, int, int, int>("f7").Call(1, 2, 3, 4, 5, 6, 7).Should().Be(140);
        instance.GetFunction<int, int, int, int, int, int, int, int, int>("f8").Call(1, 2, 3, 4, 5, 6, 7, 8).Should().Be(204);
    }

    [Fact]
    public async Task CallAsync_EveryArity_PassesEachArgumentInItsPlace()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Arities());

        (await instance.GetFunction<int>("f0").CallAsync()).Should().Be(0);
        (await instance.GetFunction<int, int>("f1").CallAsync(1)).Should().Be(1);
        (await instance.GetFunction<int, int, int>("f2").CallAsync(1, 2)).Should().Be(5);
        (await instance.GetFunction<int, int, int, int>("f3").CallAsync(1, 2, 3)).Should().Be(14);
        (await instance.GetFunction<int, int, int, int, int>("f4").CallAsync(1, 2, 3, 4)).Should().Be(30);
        (await instance.GetFunction<int, int, int, int, int, int>("f5").CallAsync(1, 2, 3, 4, 5)).Should().Be(55);
        (await instance.GetFunction<int, int, int, int, int, int, int>("f6").CallAsync(1, 2, 3, 4, 5, 6)).Should().Be(91);
        (await instance.GetFunction<int, int, int, int, int, int, int, int>("f7").CallAsync(1, 2, 3, 4, 5, 6, 7)).Should().Be(140);
        (await instance.GetFunction<int, int, int, int, int, int, int, int, int>("f8").CallAsync(1, 2, 3, 4, 5, 6, 7, 8)).Should().Be(204);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Action_EveryArity_PassesEachArgumentInItsPlace(bool onGuestThread)
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Arities());
        var noted = instance.GetFunction<int>("noted");
        var sum = 0;

        await DoAsync(instance.GetAction("a0"), (it, options, token) => it.Call(options, token), (it, options, token) => it.CallAsync(options, token), 0);
        await DoAsync(
            instance.GetAction<int>("a1"), (it, options, token) => it.Call(1, options, token), (it, options, token) => it.CallAsync(1, options, token), 1);
        await DoAsync(
            instance.GetAction<int, int>("a2"), (it, options, token) => it.Call(1, 2, options, token), (it, options, token) => it.CallAsync(1, 2,
                options, token), 5);
        await DoAsync(
            instance.GetAction<int, int, int>("a3"),
            (it, options, token) => it.Call(1, 2, 3, options, token),
            (it, options, token) => it.CallAsync(1, 2, 3, options, token),
            14);
        await DoAsync(
            instance.GetAction<int, int, int, int>("a4"),
            (it, options, token) => it.Call(1, 2, 3, 4, options, token),
            (it, options, token) => it.CallAsync(1, 2, 3, 4, options, token),
            30);
        await DoAsync(
            instance.GetAction<int, int, int, int, int>("a5"),
            (it, options, token) => it.Call(1, 2, 3, 4, 5, options, token),
            (it, options, token) => it.CallAsync(1, 2, 3, 4, 5, options, token),
            55);
        await DoAsync(
            instance.GetAction<int, int, int, int, int, int>("a6"),
            (it, options, token) => it.Call(1, 2, 3, 4, 5, 6, options, token),
            (it, options, token) => it.CallAsync(1, 2, 3, 4, 5, 6, options, token),
            91);
        await DoAsync(
            instance.GetAction<int, int, int, int, int, int, int>("a7"),
            (it, options, token) => it.Call(1, 2, 3, 4, 5, 6, 7, options, token),
            (it, options, token) => it.CallAsync(1, 2, 3, 4, 5, 6, 7, options, token),
            140);
        await DoAsync(
            instance.GetAction<int, int, int, int, int, int, int, int>("a8"),
            (it, options, token) => it.Call(1, 2, 3, 4, 5, 6, 7, 8, options, token),
            (it, options, token) => it.CallAsync(1, 2, 3, 4, 5, 6, 7, 8, options, token),
            204);

        async Task DoAsync<T>(T action, Action<T, GuestCallOptions, CancellationToken> call, Func<T, GuestCallOptions, CancellationToken,
            Task> callAsync, int weight)
        {
            var options = new GuestCallOptions { Timeout = TestHost.Patience };
            if (onGuestThread) await callAsync(action, options, CancellationToken.None);
            else call(action, options, CancellationToken.None);
            sum += weight;
            noted.Call().Should().Be(sum);
        }
    }

    [Fact]
    public async Task GetFunction_OfAnotherSignature_NamesFunctionAndTypes()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Numbers);

        var failure = instance.Invoking(it => it.GetFunction<float, int>("swap")).Should().Throw<GuestSignatureException>().Which;

        failure.Message.Should().Be("The guest's function 'swap' is (i32, f64) -> (f64, i32), not (f32) -> i32.");
        failure.FunctionName.Should().Be("swap");
        failure.Expected.Should().Be(new GuestSignature([GuestValueType.F32], [GuestValueType.I32]));
        failure.Actual.Parameters.Should().Equal(GuestValueType.I32, GuestValueType.F64);
        foreach (var wrong in (Func<GuestInstance, TypedGuestFunction>[])
        [
            it => it.GetFunction<int>("i32"), it => it.GetAction<int>("i32"), it => it.GetFunction<int, int>("note"), it => it.GetAction("note"),
            it => it.GetFunction<int, int, int>("i32"), it => it.GetFunction<int, (int, int)>("i32"), it => it.GetFunction<long, int>("i32"),
            it => it.GetFunction<int, double>("swap"), it => it.GetFunction<double, int, (double, int)>("swap"), it => it.GetFunction<int>("eight"),
        ])
        {
            instance.Invoking(it => wrong(it)).Should().Throw<GuestSignatureException>();
        }
    }

    [Fact]
    public async Task GetFunction_TypesThatNoGuestKnows_AreRefused()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Numbers);

        foreach (var unknown in (Func<GuestInstance, TypedGuestFunction>[])
        [
            it => it.GetFunction<byte, int>("i32"), it => it.GetFunction<int, bool>("i32"), it => it.GetFunction<nint, nint>("i64"),
            it => it.GetFunction<int, (int, char)>("i32"), it => it.GetFunction<int, DayOfWeek>("i32"), it => it.GetAction<Guid>("note"),
            it => it.GetFunction<(int, int, int, int, int, int, int, int)>("eight"), it => it.GetFunction<int, ValueTuple<int>>("i32"),
            it => it.GetFunction<int, (int, (int, int))>("i32"), it => it.GetFunction<int, decimal>("i32"),
        ])
        {
            instance.Invoking(it => unknown(it)).Should().Throw<ArgumentException>()
                .WithMessage("Guests and hosts exchange int, uint, long, ulong, float and double*");
        }
    }

    [Fact]
    public async Task GetFunction_VectorsAndReferences_AreRefusedPrecisely()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Numbers);

        foreach (var name in (string[])["vector", "reference"])
        {
            instance.Invoking(it => it.GetFunction<int,
                int>(name)).Should().Throw<NotSupportedException>().WithMessage($"'{name}(*other things than numbers*");
            instance.Invoking(it => it.TryGetFunction(name,
                out _)).Should().Throw<NotSupportedException>().WithMessage($"'{name}(*other things than numbers*");
        }
    }

    [Fact]
    public async Task Call_WithLimitsOfItsOwn_KeepsThem()
    {
        await using var host = new TestHost();
        await using var late = await host.StartTextAsync(Numbers);
        await using var cancelled = await host.StartTextAsync(Numbers);
        var limits = new GuestCallOptions { Timeout = TimeSpan.FromMilliseconds(20) };
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();

        late.GetAction("forever").Invoking(it => it.Call(limits)).Should().Throw<GuestLimitException>().Which.Limit.Should().Be(GuestLimit.Time);
        cancelled.GetAction("forever").Invoking(it => it.Call(default, cancellation.Token)).Should().Throw<OperationCanceledException>();
        await cancelled.GetAction("forever").Awaiting(it => it.CallAsync(limits)).Should().ThrowAsync<GuestLimitException>();
    }

    [Fact]
    public async Task Call_ThatTraps_EndsTheInstance()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Numbers);
        var trap = instance.GetFunction<int, int>("trap");

        trap.Invoking(it => it.Call(1)).Should().Throw<GuestTrapException>();
        trap.Invoking(it => it.Call(1)).Should().Throw<GuestEndedException>();
        await trap.Awaiting(it => it.CallAsync(1)).Should().ThrowAsync<GuestEndedException>();
    }

    [Fact]
    public async Task Call_AllocatesNothing()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Numbers);
        var (same, swap, note) = (instance.GetFunction<float, float>("f32"), instance.GetFunction<int, double, (double, int)>("swap"),
            instance.GetAction<int>("note"));
        for (var warmUp = 0; warmUp < 100; warmUp++) CallAll();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1000; round++) CallAll();

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);

        void CallAll()
        {
            same.Call(1);
            swap.Call(1, 2);
            note.Call(1);
        }
    }

    [Fact]
    public async Task Untyped_OfATypedFunction_IsTheSameFunction()
    {
        await using var host = new TestHost();
        await using var instance = await host.StartTextAsync(Numbers);
        var typed = instance.GetFunction<int, int>("i32");

        typed.Name.Should().Be("i32");
        typed.Untyped.Call(7).ToInt32().Should().Be(7);
        new GuestFunction<uint, uint>(typed.Untyped).Call(8).Should().Be(8);
    }

    // Each function weighs its arguments by their places.
    private static string Arities()
    {
        var text = new StringBuilder("(module (global $noted (mut i32) (i32.const 0)) (func (export \"noted\") (result i32) (global.get $noted))");
        for (var arity = 0; arity <= 8; arity++)
        {
            var sum = "(i32.const 0)";
            for (var index = 0; index < arity; index++)
                sum = string.Create(CultureInfo.InvariantCulture, $"(i32.add {sum} (i32.mul (i32.const {index + 1}) (local.get {index})))");
            var parameters = string.Concat(Enumerable.Repeat(" i32", arity));
            text.Append(CultureInfo.InvariantCulture, $"(func (export \"f{arity}\") (param{parameters}) (result i32) {sum})");
            text.Append(CultureInfo.InvariantCulture,
                $"(func (export \"a{arity}\") (param{parameters}) (global.set $noted (i32.add (global.get $noted) {sum})))");
        }

        return text.Append(')').ToString();
    }
}
