using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>
/// wasm.h "Extern Types" and their kinds, wasmtime/memory.h. Everything returned is borrowed. wasm_tabletype_limits
/// and wasm_memorytype_limits are left out on purpose: they panic, and so abort the process, on a 64-bit maximum.
/// </summary>
internal static unsafe partial class ExternTypeApi
{
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_externtype_kind")]
    internal static partial ExternKind Kind(nint externType);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_externtype_as_functype_const")]
    internal static partial nint AsFunction(nint externType);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_externtype_as_globaltype_const")]
    internal static partial nint AsGlobal(nint externType);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_externtype_as_tabletype_const")]
    internal static partial nint AsTable(nint externType);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_externtype_as_memorytype_const")]
    internal static partial nint AsMemory(nint externType);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_globaltype_content")]
    internal static partial nint GlobalContent(nint globalType);

    /// <summary>wasm_mutability_enum: 0 is const, 1 is var.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_globaltype_mutability")]
    internal static partial byte GlobalMutability(nint globalType);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_tabletype_element")]
    internal static partial nint TableElement(nint tableType);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_memorytype_minimum")]
    internal static partial ulong MemoryMinimum(nint memoryType);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_memorytype_maximum")]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool MemoryMaximum(nint memoryType, ulong* pages);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_memorytype_is64")]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool MemoryIs64(nint memoryType);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_memorytype_isshared")]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool MemoryIsShared(nint memoryType);
}
