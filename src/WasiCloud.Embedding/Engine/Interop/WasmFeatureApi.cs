using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/config.h, the WebAssembly proposals an engine accepts in the modules it compiles.</summary>
internal static partial class WasmFeatureApi
{
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_wasm_threads_set")]
    internal static partial void SetThreads(ConfigHandle config, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_shared_memory_set")]
    internal static partial void SetSharedMemory(ConfigHandle config, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_wasm_memory64_set")]
    internal static partial void SetMemory64(ConfigHandle config, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_wasm_multi_memory_set")]
    internal static partial void SetMultiMemory(ConfigHandle config, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_wasm_relaxed_simd_set")]
    internal static partial void SetRelaxedSimd(ConfigHandle config, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_wasm_function_references_set")]
    internal static partial void SetFunctionReferences(ConfigHandle config, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_wasm_gc_set")]
    internal static partial void SetGarbageCollection(ConfigHandle config, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_wasm_exceptions_set")]
    internal static partial void SetExceptions(ConfigHandle config, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_config_wasm_tail_call_set")]
    internal static partial void SetTailCall(ConfigHandle config, [MarshalAs(UnmanagedType.U1)] bool enabled);
}
