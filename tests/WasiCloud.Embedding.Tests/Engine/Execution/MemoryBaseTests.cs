using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Execution;

/// <summary>The host asks once where a guest's memory is: it never moves.</summary>
public sealed class MemoryBaseTests
{
    private const string Memory = """(module (memory (export "memory") 1) (func (export "f")))""";

    /// <summary>What the guest writes after its memory has grown, the host finds at the address that it knew before.</summary>
    [Fact]
    public async Task Memory_ThatGrowsToItsMaximum_StaysWhereItIs()
    {
        const int Pages = 4096;
        var seen = new List<(byte First, byte Last, int Result)>();
        await using var host = new TestHost(options => options.MaxMemoryBytes = Pages * 65_536L, builder => builder.AddImport(
            "env",
            "look",
            [GuestValueType.I32, GuestValueType.I32],
            [],
            call => seen.Add((call.GetMemory(64, 1)[0], call.GetMemory(call.Arguments[0].ToUInt32(), 1)[0], call.Arguments[1].ToInt32()))));
        var module = await host.LoadTextAsync($$"""
            (module
              (import "env" "look" (func $look (param i32 i32)))
              (memory (export "memory") 1)
              (func $say (param $value i32) (param $result i32) (local $last i32)
                (local.set $last (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)))
                (i32.store8 (i32.const 64) (local.get $value))
                (i32.store8 (local.get $last) (i32.add (local.get $value) (i32.const 100)))
                (call $look (local.get $last) (local.get $result)))
              (func (export "_start")
                (call $say (i32.const 1) (i32.const 0))
                (call $say (i32.const 2) (memory.grow (i32.const 1)))
                (call $say (i32.const 3) (memory.grow (i32.const {{Pages - 2}})))
                (call $say (i32.const 4) (memory.grow (i32.const 1)))))
            """);

        await host.RunAsync(module);

        seen.Should().Equal((1, 101, 0), (2, 102, 1), (3, 103, 2), (4, 104, -1));
    }

    /// <summary>Code that may not rely on it is refused, so the setting is the engine's and not only what happens to be.</summary>
    [Fact]
    public void Engine_ReadsCodeForMemoriesThatMayMove_RefusesIt()
    {
        var settings = new EngineSettings(MaxMemoryBytes: 1 << 20, MaxTableElements: 10, MaxStackBytes: 64 << 10, MaxInstances: 1);
        using var engine = new WasmEngine(settings, Preview1Functions.Table);
        WasmModuleHandle.TryCompile(engine.Handle, TestHost.Assemble(Memory), out var module, out _).Should().BeTrue();
        using var artifact = module!.Serialize();

        Read(artifact, mayMove: false).Should().BeNull("nothing else differs");
        Read(artifact, mayMove: true).Should().Contain("move");
        module.Dispose();
    }

    /// <summary>What the setting means: a memory that would have to move does not grow.</summary>
    [Theory]
    [InlineData(false, -1)]
    [InlineData(true, 1)]
    public void Memory_ThatWouldHaveToMove_DoesNotGrowUnlessItMay(bool mayMove, int expected)
    {
        using var config = new ConfigHandle();
        ConfigMemoryApi.SetReservation(config, 65_536);
        ConfigMemoryApi.SetGuardSize(config, 0);
        ConfigMemoryApi.SetMayMove(config, mayMove);
        using var engine = EngineHandle.Create(config);
        using var linker = new LinkerHandle(engine);
        var wasm = TestHost.Assemble("""(module (memory (export "memory") 1) (func (export "grow") (result i32) (memory.grow (i32.const 100))))""");
        WasmModuleHandle.TryCompile(engine, wasm, out var module, out _).Should().BeTrue();
        linker.TryInstantiatePre(module!, out var instancePre, out _).Should().BeTrue();
        var store = StoreApi.New(engine, data: 0, finalizer: 0);
        var context = StoreApi.Context(store);
        instancePre!.Instantiate(context, out var instance).Succeeded.Should().BeTrue();
        InstanceApi.TryGetExport(context, instance, "grow"u8, out var grow).Should().BeTrue();

        Span<ValRaw> values = stackalloc ValRaw[1];
        FunctionApi.Call(context, grow.Function, values).Succeeded.Should().BeTrue();

        values[0].I32.Should().Be(expected);
        StoreApi.Delete(store);
        instancePre.Dispose();
        module!.Dispose();
    }

    // As WasmEngine configures what code depends on.
    private static string? Read(SerializedModule artifact, bool mayMove)
    {
        using var config = new ConfigHandle();
        ConfigApi.SetEpochInterruption(config, enabled: true);
        ConfigMemoryApi.SetReservation(config, 4UL << 30);
        ConfigMemoryApi.SetGuardSize(config, 32UL << 20);
        ConfigMemoryApi.SetMayMove(config, mayMove);
        WasmFeatureApi.SetThreads(config, enabled: false);
        WasmFeatureApi.SetSharedMemory(config, enabled: false);
        WasmFeatureApi.SetMemory64(config, enabled: false);
        WasmFeatureApi.SetMultiMemory(config, enabled: false);
        WasmFeatureApi.SetExceptions(config, enabled: false);
        WasmFeatureApi.SetGarbageCollection(config, enabled: false);
        using var engine = EngineHandle.Create(config);
        if (!WasmModuleHandle.TryDeserialize(engine, artifact.GetSpan(), out var module, out var error)) return error.Message;
        module.Dispose();
        return null;
    }
}
