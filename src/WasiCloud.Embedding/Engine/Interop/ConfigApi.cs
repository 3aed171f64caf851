using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasm.h "Configuration" and wasmtime/config.h: what is decided once per engine.</summary>
internal static partial class ConfigApi
{
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_config_new")]
    internal static partial nint New();

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_config_delete")]
    internal static partial void Delete(nint config);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_epoch_interruption_set")]
    internal static partial void SetEpochInterruption(ConfigHandle config, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_consume_fuel_set")]
    internal static partial void SetConsumeFuel(ConfigHandle config, [MarshalAs(UnmanagedType.U1)] bool enabled);

    /// <summary>Bytes. Call through <see cref="ConfigHandle.SetStackSizes"/>: a wrong pair aborts the process.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_max_wasm_stack_set")]
    internal static partial void SetMaxWasmStack(ConfigHandle config, nuint bytes);

    /// <summary>Bytes. Call through <see cref="ConfigHandle.SetStackSizes"/>: a wrong pair aborts the process.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_async_stack_size_set")]
    internal static partial void SetAsyncStackSize(ConfigHandle config, nuint bytes);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_parallel_compilation_set")]
    internal static partial void SetParallelCompilation(ConfigHandle config, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_cranelift_opt_level_set")]
    internal static partial void SetOptimizationLevel(ConfigHandle config, OptimizationLevel level);

    /// <summary>Off where a hardware trap can end the process (Windows x64 with CET); code is then checked in software.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_signals_based_traps_set")]
    internal static partial void SetSignalsBasedTraps(ConfigHandle config, [MarshalAs(UnmanagedType.U1)] bool enabled);

    /// <summary>Takes a copy of <paramref name="pooling"/>; the caller still deletes it.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_pooling_allocation_strategy_set")]
    internal static partial void SetPoolingAllocator(ConfigHandle config, PoolingAllocatorHandle pooling);
}
