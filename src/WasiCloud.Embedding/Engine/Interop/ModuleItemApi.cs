using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasm.h "Import Types" and "Export Types". Everything returned is borrowed from the vector.</summary>
internal static unsafe partial class ModuleItemApi
{
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_importtype_module")]
    internal static partial ByteVector* ImportModule(nint importType);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_importtype_name")]
    internal static partial ByteVector* ImportName(nint importType);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_importtype_type")]
    internal static partial nint ImportType(nint importType);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_exporttype_name")]
    internal static partial ByteVector* ExportName(nint exportType);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_exporttype_type")]
    internal static partial nint ExportType(nint exportType);
}
