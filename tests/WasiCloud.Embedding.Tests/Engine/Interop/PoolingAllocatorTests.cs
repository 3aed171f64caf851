using FluentAssertions;
using WasiCloud.Embedding.Engine.Interop;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Interop;

public sealed class PoolingAllocatorTests
{
    private const string OnePage = """(module (memory (export "memory") 1) (table 10 funcref))""";

    [Theory]
    [InlineData(1, 9, 9, "core instance")]
    [InlineData(9, 1, 9, "memor")]
    [InlineData(9, 9, 1, "table")]
    public void Instantiate_WhenTheSlotsAreTaken_ReturnsAnErrorUntilOneIsFreed(uint instances, uint memories, uint tables, string exhausted)
    {
        using var engine = RawInstance.CreateEngine(config => UsePool(config, instances, memories, tables));
        using var module = RawInstance.Compile(engine, OnePage);
        using var linker = new LinkerHandle(engine);
        linker.TryInstantiatePre(module, out var instancePre, out _).Should().BeTrue();
        using var owned = instancePre!;
        var first = StoreApi.New(engine, 0, 0);
        owned.Instantiate(StoreApi.Context(first), out _).Succeeded.Should().BeTrue();

        var second = StoreApi.New(engine, 0, 0);
        var denied = owned.Instantiate(StoreApi.Context(second), out _);

        denied.Trap.Should().Be(0);
        denied.TakeError()!.Message.Should().Contain(exhausted).And.Contain("limit of 1");
        StoreApi.Delete(first);
        owned.Instantiate(StoreApi.Context(second), out _).Succeeded.Should().BeTrue();
        StoreApi.Delete(second);
    }

    [Fact]
    public void Compile_OfAMemoryAboveTheSlotSize_ReturnsAnError()
    {
        using var engine = RawInstance.CreateEngine(config => UsePool(config, instances: 1, memories: 1, tables: 1));
        var wasm = TextFormatApi.Assemble("(module (memory 17))"u8);

        WasmModuleHandle.TryCompile(engine, wasm, out _, out var error).Should().BeFalse();

        error!.Message.Should().Contain("memory");
    }

    private static void UsePool(ConfigHandle config, uint instances, uint memories, uint tables)
    {
        ConfigMemoryApi.SetReservation(config, 1 << 20);
        ConfigMemoryApi.SetGuardSize(config, 64 << 10);
        ConfigMemoryApi.SetCopyOnWriteImages(config, enabled: true);
        ConfigApi.SetSignalsBasedTraps(config, enabled: true);
        using var pooling = new PoolingAllocatorHandle();
        PoolingAllocatorApi.SetTotalCoreInstances(pooling, instances);
        PoolingAllocatorApi.SetTotalMemories(pooling, memories);
        PoolingAllocatorApi.SetTotalTables(pooling, tables);
        PoolingAllocatorApi.SetTotalStacks(pooling, instances);
        PoolingAllocatorApi.SetMaxCoreInstanceSize(pooling, 1 << 20);
        PoolingAllocatorApi.SetMaxMemoriesPerModule(pooling, 1);
        PoolingAllocatorApi.SetMaxTablesPerModule(pooling, 1);
        PoolingAllocatorApi.SetMaxMemorySize(pooling, 1 << 20);
        PoolingAllocatorApi.SetTableElements(pooling, 1000);
        PoolingAllocatorApi.SetMaxUnusedWarmSlots(pooling, 1);
        PoolingAllocatorApi.SetLinearMemoryKeepResident(pooling, 64 << 10);
        PoolingAllocatorApi.SetTableKeepResident(pooling, 4 << 10);
        PoolingAllocatorApi.SetAsyncStackKeepResident(pooling, 4 << 10);
        PoolingAllocatorApi.SetDecommitBatchSize(pooling, 1);
        ConfigApi.SetPoolingAllocator(config, pooling);
    }
}
