using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasm.h "Vectors": deleting a vector deletes its elements.</summary>
internal static unsafe partial class VectorApi
{
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_byte_vec_delete")]
    internal static partial void DeleteBytes(ByteVector* vector);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_importtype_vec_delete")]
    internal static partial void DeleteImportTypes(PointerVector* vector);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_exporttype_vec_delete")]
    internal static partial void DeleteExportTypes(PointerVector* vector);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_frame_vec_delete")]
    internal static partial void DeleteFrames(PointerVector* vector);

    /// <summary>Copies the pointers and takes ownership of what they point to.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_valtype_vec_new")]
    internal static partial void NewValueTypes(PointerVector* vector, nuint count, nint* elements);
}
