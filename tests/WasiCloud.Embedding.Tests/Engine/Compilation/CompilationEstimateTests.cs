using FluentAssertions;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Compilation;

public sealed class CompilationEstimateTests
{
    private const long MiB = 1 << 20;

    // Of each kind of immediate that an instruction can have, one.
    private const string EveryImmediate = """
        (drop (f32.const 1)) (drop (f64.const 1)) (drop (i64.const -1)) (drop (v128.const i64x2 1 2))
        (drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (v128.const i64x2 1 2) (v128.const i64x2 1 2)))
        (drop (i8x16.extract_lane_s 3 (v128.const i64x2 1 2))) (drop (v128.load8_lane 2 (i32.const 0) (v128.const i64x2 1 2))) (drop (v128.load32_zero
          (i32.const 0)))
        (drop (i8x16.add (v128.load (i32.const 0)) (v128.const i64x2 1 2))) (i32.store8 offset=70000 (i32.const 0) (i32.const 1))
        (memory.copy (i32.const 0) (i32.const 0) (i32.const 0)) (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)) (memory.init 0 (i32.const 0)
          (i32.const 0) (i32.const 0)) (data.drop 0)
        (drop (table.get 0 (i32.const 0))) (table.set 0 (i32.const 0) (ref.null func)) (drop (table.size 0)) (drop (table.grow 0 (ref.null func) (i32.const 1)))
        (table.fill 0 (i32.const 0) (ref.null func) (i32.const 0)) (table.copy 0 0 (i32.const 0) (i32.const 0) (i32.const 0)) (drop (ref.is_null (ref.func $f)))
        (drop (select (result i32) (i32.const 1) (i32.const 2) (i32.const 3))) (drop (i32.trunc_sat_f64_s (f64.const 1))) (drop (memory.grow (i32.const 0)))
          (drop (memory.size))
        (block (result i32) (br_if 0 (i32.const 1) (i32.const 1))) (drop) (block (br_table 0 0 0 (i32.const 0))) (if (i32.const 1) (then (nop)) (else (nop)))
        (call_indirect (type $nothing) (i32.const 0)) (call $f) (global.set 0 (global.get 0)) (local.set 0 (local.tee 0 (local.get 0)))
        """;

    [Fact]
    public void Of_OfRealGuests_IsFarBelowTheDefault()
    {
        foreach (var path in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "guests"), "*.wasm"))
            CompilationEstimate.Of(File.ReadAllBytes(path)).Bytes.Should().BeLessThan(new WasiCloudOptions().MaxCompilationBytes / 4, path);
    }

    [Fact]
    public void Of_BehindEveryKindOfInstruction_SeesWhatFollows()
    {
        CompilationEstimate.Of(Module(EveryImmediate)).Bytes.Should().BeLessThan(MiB);
        var (function, offset, bytes, _) =
            CompilationEstimate.Of(Module(EveryImmediate + "(block (type $wide) unreachable)" + string.Concat(Enumerable.Repeat("(drop)", 200))));

        (function, bytes > MiB).Should().Be((1, true));
        offset.Should().BePositive();
    }

    [Theory]
    [InlineData(100, 20)]
    [InlineData(1_000, 2)]
    [InlineData(20, 100)]
    public void Of_Loops_GrowsWithTheLocalsTheyCarry(int locals, int loops)
    {
        var body = $"(local{string.Concat(Enumerable.Repeat(" i64", locals))}) " + string.Concat(Enumerable.Repeat("(loop ", loops)) + new string(')', loops);

        CompilationEstimate.Of(TestHost.Assemble($"(module (func {body}))")).FunctionBytes.Should().BeInRange(1024 * 2_000, 2048 * 2_000);
    }

    [Theory]
    [InlineData("(call $wide)")]
    [InlineData("(call_indirect (type $wide) (i32.const 0))")]
    [InlineData("(return_call $wide)")]
    public void Of_CallsWithManyResults_AreCounted(string call)
    {
        var few = CompilationEstimate.Of(Module(call + " unreachable"));
        var many = CompilationEstimate.Of(Module(string.Concat(Enumerable.Repeat(call, 100)) + " unreachable"));

        many.Bytes.Should().BeGreaterThan(50 * few.Bytes / 2).And.BeGreaterThan(100 * 200 * 512);
    }

    [Fact]
    public void Of_ManyFunctions_CountsEach()
    {
        var wasm = TestHost.Assemble("(module" + string.Concat(Enumerable.Repeat("(func)", 1_000)) + ")");

        CompilationEstimate.Of(wasm).Bytes.Should().BeInRange(1_000 * 6_144, 1_020 * 6_144);
    }

    [Fact]
    public void Of_ManyExports_CountsEach()
    {
        var wasm = TestHost.Assemble("(module"
            + string.Concat(Enumerable.Range(0, 1_000).Select(index => FormattableString.Invariant($"(func (export \"f{index}\"))"))) + ")");

        CompilationEstimate.Of(wasm).Bytes.Should().BeInRange(1_000 * 11_264, 1_020 * 11_264);
    }

    [Fact]
    public void Of_ManyLargeFunctions_CountsOneForEachProcessor()
    {
        var loop = "(local" + string.Concat(Enumerable.Repeat(" i64", 1_000)) + ") (loop (loop (loop)))";
        var wasm = TestHost.Assemble("(module" + string.Concat(Enumerable.Repeat($"(func {loop})", 6)) + ")");
        var (one, four, many) = (CompilationEstimate.Of(wasm, 1), CompilationEstimate.Of(wasm, 4), CompilationEstimate.Of(wasm, 64));

        (four.Bytes - one.Bytes, many.Bytes - one.Bytes).Should().Be((3 * one.FunctionBytes, 5 * one.FunctionBytes));
        many.FunctionBytes.Should().Be(one.FunctionBytes);
    }

    [Fact]
    public void Of_AnyBytes_NeverFails()
    {
        var random = new Random(1);
        var wasm = TestHost.ReadGuest("counter");
        for (var round = 0; round < 300; round++)
        {
            byte[] damaged = [.. wasm.AsSpan(0, random.Next(8, wasm.Length))];
            for (var count = 0; count < 10; count++) damaged[random.Next(8, damaged.Length - 1)] = (byte)random.Next(256);

            CompilationEstimate.Of(damaged).Bytes.Should().BeGreaterThanOrEqualTo(0);
        }
    }

    [Fact]
    public async Task Load_FunctionThatTakesTooMuch_IsRefusedBeforeItIsCompiled()
    {
        // 12 KB of code that took the compiler a minute and 19 GB.
        var wasm = Module(string.Concat(Enumerable.Repeat("(i32.const 1)", 200)) + string.Concat(Enumerable.Repeat("(block (type $pass))", 3_000))
            + string.Concat(Enumerable.Repeat("(drop)", 200)));
        await using var host = new TestHost();

        var failure = (await host.Awaiting(it => it.Host.LoadAsync(wasm, "bomb").AsTask()).Should().ThrowAsync<InvalidGuestModuleException>()).Which;

        failure.Message.Should().Match("Compiling the module may take * bytes of memory, * of them for function 1; MaxCompilationBytes is 1073741824.");
        failure.Offset.Should().BePositive();
    }

    private static byte[] Module(string body)
    {
        var results = string.Concat(Enumerable.Repeat(" i32", 200));
        return TestHost.Assemble($"""
            (module
              (type $nothing (func)) (type $wide (func (result{results}))) (type $pass (func (param{results}) (result{results})))
              (memory (export "memory") 2) (table 1 funcref) (global (mut i32) (i32.const 0)) (data "x") (elem declare func $f)
              (func $f (type $nothing))
              (func (export "_start") (local i32) {body})
              (func $wide (type $wide) unreachable))
            """);
    }
}
