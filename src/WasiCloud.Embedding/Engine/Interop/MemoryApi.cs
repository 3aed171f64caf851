using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime/memory.h. Base and size are valid until the memory grows, which any guest code may do.</summary>
internal static unsafe partial class MemoryApi
{
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_memory_data")]
    [SuppressGCTransition]
    internal static partial byte* Data(nint context, in MemoryReference memory);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_memory_data_size")]
    [SuppressGCTransition]
    internal static partial nuint DataSize(nint context, in MemoryReference memory);

    /// <summary>Pages.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_memory_size")]
    [SuppressGCTransition]
    internal static partial ulong Size(nint context, in MemoryReference memory);

    /// <summary>Grows by pages. Returns an owned wasmtime_error_t when a limit denies it, otherwise zero.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_memory_grow")]
    internal static partial nint Grow(nint context, in MemoryReference memory, ulong pages, ulong* previousPages);
}
