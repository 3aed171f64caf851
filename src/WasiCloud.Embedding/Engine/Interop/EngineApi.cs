using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasm.h "Engine" and wasmtime/engine.h.</summary>
internal static partial class EngineApi
{
    /// <summary>Takes ownership of <paramref name="config"/>. An invalid configuration aborts the process.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_engine_new_with_config")]
    internal static partial nint NewWithConfig(ConfigHandle config);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_engine_delete")]
    internal static partial void Delete(nint engine);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_engine_increment_epoch")]
    internal static partial void IncrementEpoch(EngineHandle engine);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_engine_is_pulley")]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool IsPulley(EngineHandle engine);
}
