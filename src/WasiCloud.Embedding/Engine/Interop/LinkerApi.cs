using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/linker.h. Functions that return nint return an owned wasmtime_error_t or zero.</summary>
internal static unsafe partial class LinkerApi
{
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_linker_new")]
    internal static partial nint New(EngineHandle engine);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_linker_delete")]
    internal static partial void Delete(nint linker);

    /// <summary>The copy shares what is defined and is owned by the caller.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_linker_clone")]
    internal static partial nint Clone(LinkerHandle linker);

    /// <summary>Only functions: other missing imports stay missing.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_linker_define_unknown_imports_as_traps")]
    internal static partial nint DefineUnknownImportsAsTraps(LinkerHandle linker, WasmModuleHandle module);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_linker_define_func_unchecked")]
    internal static partial nint DefineFunctionUnchecked(
        LinkerHandle linker,
        byte* module,
        nuint moduleLength,
        byte* name,
        nuint nameLength,
        nint functionType,
        delegate* unmanaged<nint, nint, ValRaw*, nuint, nint> callback,
        nint data,
        nint finalizer);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_linker_instantiate_pre")]
    internal static partial nint InstantiatePre(LinkerHandle linker, WasmModuleHandle module, nint* instancePre);
}
