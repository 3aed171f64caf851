using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/module.h. Functions that return nint return an owned wasmtime_error_t or zero.</summary>
internal static unsafe partial class ModuleApi
{
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_module_new")]
    internal static partial nint New(EngineHandle engine, byte* wasm, nuint length, nint* module);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_module_delete")]
    internal static partial void Delete(nint module);

    /// <summary>Another owner of the same code.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_module_clone")]
    internal static partial nint Clone(WasmModuleHandle module);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_module_validate")]
    internal static partial nint Validate(EngineHandle engine, byte* wasm, nuint length);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_module_serialize")]
    internal static partial nint Serialize(WasmModuleHandle module, ByteVector* bytes);

    /// <summary>Runs native code found in <paramref name="bytes"/>: only for bytes that <see cref="Serialize"/> made.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_module_deserialize")]
    internal static partial nint Deserialize(EngineHandle engine, byte* bytes, nuint length, nint* module);

    /// <summary>As <see cref="Deserialize"/>, but the file is mapped, not read.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_module_deserialize_file", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint DeserializeFile(EngineHandle engine, string path, nint* module);

    /// <summary>Where the module's image is in memory: code, tables for unwinding and traps, data.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_module_image_range")]
    internal static partial void ImageRange(WasmModuleHandle module, nint* start, nint* end);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_module_imports")]
    internal static partial void Imports(WasmModuleHandle module, PointerVector* imports);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_module_exports")]
    internal static partial void Exports(WasmModuleHandle module, PointerVector* exports);
}
