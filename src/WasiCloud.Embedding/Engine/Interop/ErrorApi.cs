using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/error.h.</summary>
internal static unsafe partial class ErrorApi
{
    /// <summary>Copies a NUL-terminated message.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_error_new")]
    internal static partial nint New(byte* message);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_error_delete")]
    internal static partial void Delete(nint error);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_error_message")]
    internal static partial void Message(nint error, ByteVector* message);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_error_exit_status")]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool ExitStatus(nint error, int* status);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_error_wasm_trace")]
    internal static partial void Trace(nint error, PointerVector* frames);
}
