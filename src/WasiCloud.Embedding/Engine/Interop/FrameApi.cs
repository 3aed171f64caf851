using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasm.h "Frames" and wasmtime/trap.h. Frames borrow from the trap or error they came from.</summary>
internal static unsafe partial class FrameApi
{
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_frame_func_index")]
    internal static partial uint FunctionIndex(nint frame);

    /// <summary>Bytes from the start of the function, or SIZE_MAX if unknown.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_frame_func_offset")]
    internal static partial nuint FunctionOffset(nint frame);

    /// <summary>Bytes from the start of the module, or SIZE_MAX if unknown.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_frame_module_offset")]
    internal static partial nuint ModuleOffset(nint frame);

    /// <summary>Borrowed; null if the module has no name section.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_frame_func_name")]
    internal static partial ByteVector* FunctionName(nint frame);

    /// <summary>Borrowed; null if the module has no name section.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_frame_module_name")]
    internal static partial ByteVector* ModuleName(nint frame);
}
