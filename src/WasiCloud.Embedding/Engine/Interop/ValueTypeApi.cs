using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>
/// wasm.h "Value Types" and wasmtime/types/val.h. wasm_valtype_kind is left out on purpose: it aborts the process on
/// v128 and on typed references, which any guest may put into a signature (c-api/src/types/val.rs).
/// </summary>
internal static unsafe partial class ValueTypeApi
{
    /// <summary>Only <see cref="WasmValueKind.I32"/> to <see cref="WasmValueKind.F64"/>; anything else aborts the process.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_valtype_new")]
    internal static partial nint New(WasmValueKind kind);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_valtype_new")]
    internal static partial void Describe(nint valueType, NativeValueType* description);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_valtype_delete")]
    internal static partial void DeleteDescription(NativeValueType* description);
}
