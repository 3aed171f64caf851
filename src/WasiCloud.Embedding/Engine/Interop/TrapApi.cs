using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasm.h "Traps" and wasmtime/trap.h.</summary>
internal static unsafe partial class TrapApi
{
    /// <summary>A host function that returns this ends the guest; the call then reports an error, not a trap.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_trap_new")]
    internal static partial nint New(byte* message, nuint length);

    /// <summary>A host function that returns this ends the guest; the call then reports a trap with that code.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_trap_new_code")]
    internal static partial nint NewFromCode(TrapCode code);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_trap_delete")]
    internal static partial void Delete(nint trap);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_trap_code")]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool Code(nint trap, TrapCode* code);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_trap_message")]
    internal static partial void Message(nint trap, ByteVector* message);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasm_trap_trace")]
    internal static partial void Trace(nint trap, PointerVector* frames);

    internal static nint New(ReadOnlySpan<byte> message)
    {
        fixed (byte* pointer = message)
            return New(pointer, (nuint)message.Length);
    }
}
