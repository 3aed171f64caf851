using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/config.h, wasmtime_pooling_allocation_config_t: how many slots are reserved and how big they are.</summary>
internal static partial class PoolingAllocatorApi
{
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_config_new")]
    internal static partial nint New();

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_config_delete")]
    internal static partial void Delete(nint pooling);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_config_total_core_instances_set")]
    internal static partial void SetTotalCoreInstances(PoolingAllocatorHandle pooling, uint count);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_config_total_memories_set")]
    internal static partial void SetTotalMemories(PoolingAllocatorHandle pooling, uint count);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_config_total_tables_set")]
    internal static partial void SetTotalTables(PoolingAllocatorHandle pooling, uint count);

    /// <summary>Heaps for references. Each takes one of the memories too.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_config_total_gc_heaps_set")]
    internal static partial void SetTotalHeaps(PoolingAllocatorHandle pooling, uint count);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_config_total_stacks_set")]
    internal static partial void SetTotalStacks(PoolingAllocatorHandle pooling, uint count);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_config_max_core_instance_size_set")]
    internal static partial void SetMaxCoreInstanceSize(PoolingAllocatorHandle pooling, nuint bytes);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_config_max_memories_per_module_set")]
    internal static partial void SetMaxMemoriesPerModule(PoolingAllocatorHandle pooling, uint count);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_config_max_tables_per_module_set")]
    internal static partial void SetMaxTablesPerModule(PoolingAllocatorHandle pooling, uint count);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_config_max_memory_size_set")]
    internal static partial void SetMaxMemorySize(PoolingAllocatorHandle pooling, nuint bytes);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_config_table_elements_set")]
    internal static partial void SetTableElements(PoolingAllocatorHandle pooling, nuint count);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_config_max_unused_warm_slots_set")]
    internal static partial void SetMaxUnusedWarmSlots(PoolingAllocatorHandle pooling, uint count);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_config_linear_memory_keep_resident_set")]
    internal static partial void SetLinearMemoryKeepResident(PoolingAllocatorHandle pooling, nuint bytes);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_config_table_keep_resident_set")]
    internal static partial void SetTableKeepResident(PoolingAllocatorHandle pooling, nuint bytes);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_config_async_stack_keep_resident_set")]
    internal static partial void SetAsyncStackKeepResident(PoolingAllocatorHandle pooling, nuint bytes);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_config_decommit_batch_size_set")]
    internal static partial void SetDecommitBatchSize(PoolingAllocatorHandle pooling, nuint count);
}
