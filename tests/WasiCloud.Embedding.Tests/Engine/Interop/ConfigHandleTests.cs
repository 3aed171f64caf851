using FluentAssertions;
using WasiCloud.Embedding.Engine.Interop;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Interop;

public sealed class ConfigHandleTests
{
    [Theory]
    [InlineData(0, 1024)]
    [InlineData(-1, 1024)]
    [InlineData(1024, 1024)]
    [InlineData(4 << 20, 2 << 20)]
    public void SetStackSizes_WithoutRoomForHostFunctions_Throws(int maxWasmStack, int asyncStackSize)
    {
        using var config = new ConfigHandle();

        config.Invoking(c => c.SetStackSizes(maxWasmStack, asyncStackSize)).Should().Throw<ArgumentOutOfRangeException>();
    }

    // A violation that slipped through would abort the test process: "max_wasm_stack size cannot exceed".
    [Fact]
    public void SetStackSizes_AboveTheDefaults_CreatesAnEngine()
    {
        using var engine = RawInstance.CreateEngine(config => config.SetStackSizes(16 << 20, (16 << 20) + (256 << 10)));

        engine.IsInvalid.Should().BeFalse();
        EngineApi.IsPulley(engine).Should().BeFalse("the platforms we support have a native backend");
    }

    [Fact]
    public void Create_ConsumesTheConfig()
    {
        using var config = new ConfigHandle();

        using var engine = EngineHandle.Create(config);

        config.IsClosed.Should().BeTrue();
    }

    [Fact]
    public void SetStackSizes_Larger_AllowsDeeperRecursion()
    {
        DepthReached(128 << 10).Should().BeInRange(500, 20_000);
        DepthReached(512 << 10).Should().BeGreaterThan(2 * DepthReached(128 << 10));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void SignalsBasedTraps_EitherWay_TurnAFaultIntoATrap(bool enabled)
    {
        using var guest = new RawInstance(
            """(module (memory 1) (func (export "run") (result i32) (i32.load (i32.const 65536))))""",
            config => ConfigApi.SetSignalsBasedTraps(config, enabled));

        guest.Call("run", new ValRaw[1]).TakeTrap()!.Code.Should().Be(TrapCode.MemoryOutOfBounds);
    }

    [Theory]
    [InlineData("(module (memory 1 1 shared))")]
    [InlineData("(module (memory i64 1))")]
    [InlineData("(module (memory 1) (memory 1))")]
    [InlineData("(module (type (struct)))")]
    [InlineData("(module (func (return_call 0)))")]
    [InlineData("(module (tag))")]
    [InlineData("(module (func (param (ref func))))")]
    [InlineData("(module (func (param v128) (drop (i8x16.relaxed_swizzle (local.get 0) (local.get 0)))))")]
    public void Feature_TurnedOff_RefusesTheModule(string text)
    {
        var wasm = TextFormatApi.Assemble(System.Text.Encoding.UTF8.GetBytes(text));
        using var permissive = RawInstance.CreateEngine(config => SetFeatures(config, enabled: true));
        using var strict = RawInstance.CreateEngine(config => SetFeatures(config, enabled: false));

        WasmModuleHandle.Validate(permissive, wasm).Should().BeNull();
        WasmModuleHandle.Validate(strict, wasm).Should().NotBeNull();
    }

    private static void SetFeatures(ConfigHandle config, bool enabled)
    {
        WasmFeatureApi.SetThreads(config, enabled);
        WasmFeatureApi.SetSharedMemory(config, enabled);
        WasmFeatureApi.SetMemory64(config, enabled);
        WasmFeatureApi.SetMultiMemory(config, enabled);
        WasmFeatureApi.SetRelaxedSimd(config, enabled);
        WasmFeatureApi.SetFunctionReferences(config, enabled);
        WasmFeatureApi.SetGarbageCollection(config, enabled);
        WasmFeatureApi.SetExceptions(config, enabled);
        WasmFeatureApi.SetTailCall(config, enabled);
    }

    private static int DepthReached(int maxWasmStack)
    {
        using var guest = new RawInstance(
            """
            (module
              (global $depth (mut i32) (i32.const 0))
              (func $dive (export "dive") (global.set $depth (i32.add (global.get $depth) (i32.const 1))) (call $dive) (call $dive))
              (func (export "depth") (result i32) (global.get $depth)))
            """,
            config => config.SetStackSizes(maxWasmStack, 2 << 20));
        guest.Call("dive", []).TakeTrap()!.Code.Should().Be(TrapCode.StackOverflow);
        var values = new ValRaw[1];
        guest.Call("depth", values).Succeeded.Should().BeTrue();
        return values[0].I32;
    }
}
