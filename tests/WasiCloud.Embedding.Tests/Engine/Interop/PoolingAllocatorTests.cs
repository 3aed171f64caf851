using FluentAssertions;
using WasiCloud.Embedding.Engine.Interop;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Interop;

public sealed class PoolingAllocatorTests
{
    private const string OnePage = """(module (memory (export "memory") 1) (table 10 funcref))""";

    [Fact]
    public void Instantiate_WhenTheSlotsAreTaken_ReturnsAnErrorUntilOneIsFreed()
    {
        using var engine = GuestInstance.CreateEngine(config => UsePool(config, slots: 1));
        using var module = GuestInstance.Compile(engine, OnePage);
        using var linker = new LinkerHandle(engine);
        linker.TryInstantiatePre(module, out var instancePre, out _).Should().BeTrue();
        using var owned = instancePre!;
        var first = StoreApi.New(engine, 0, 0);
        owned.Instantiate(StoreApi.Context(first), out _).Succeeded.Should().BeTrue();

        var second = StoreApi.New(engine, 0, 0);
        var denied = owned.Instantiate(StoreApi.Context(second), out _);

        denied.Trap.Should().Be(0);
        denied.TakeError()!.Message.Should().Contain("limit of 1");
        StoreApi.Delete(first);
        owned.Instantiate(StoreApi.Context(second), out _).Succeeded.Should().BeTrue();
        StoreApi.Delete(second);
    }

    [Fact]
    public void Compile_OfAMemoryAboveTheSlotSize_ReturnsAnError()
    {
        using var engine = GuestInstance.CreateEngine(config => UsePool(config, slots: 1));
        var wasm = TextFormatApi.Assemble("(module (memory 17))"u8);

        WasmModuleHandle.TryCompile(engine, wasm, out _, out var error).Should().BeFalse();

        error!.Message.Should().Contain("memory");
    }

    private static void UsePool(ConfigHandle config, uint slots)
    {
        ConfigMemoryApi.SetReservation(config, 1 << 20);
        ConfigMemoryApi.SetGuardSize(config, 64 << 10);
        ConfigMemoryApi.SetCopyOnWriteImages(config, enabled: true);
        ConfigApi.SetSignalsBasedTraps(config, enabled: true);
        using var pooling = new PoolingAllocatorHandle();
        PoolingAllocatorApi.SetTotalCoreInstances(pooling, slots);
        PoolingAllocatorApi.SetTotalMemories(pooling, slots);
        PoolingAllocatorApi.SetTotalTables(pooling, slots);
        PoolingAllocatorApi.SetTotalStacks(pooling, slots);
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
