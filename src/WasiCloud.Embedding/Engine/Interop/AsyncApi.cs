using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>
/// wasmtime/async.h: guests on stacks of their own, which a call of the host can leave and come back to. What a future was given stays where it is, unmodified,
/// until the future is deleted. A store that has used one of these functions, or whose linker has an asynchronous function, refuses the synchronous ones.
/// </summary>
internal static unsafe partial class AsyncApi
{
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_linker_define_async_func")]
    internal static partial nint DefineFunction(
        LinkerHandle linker,
        byte* module,
        nuint moduleLength,
        byte* name,
        nuint nameLength,
        nint functionType,
        delegate* unmanaged<nint, nint, WasmValue*, nuint, WasmValue*, nuint, nint*, AsyncContinuation*, void> callback,
        nint data,
        nint finalizer);

    /// <summary>Returns an owned wasmtime_call_future_t.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_instance_pre_instantiate_async")]
    internal static partial nint Instantiate(InstancePreHandle instancePre, nint context, InstanceReference* instance, nint* trap, nint* error);

    /// <summary>Returns an owned wasmtime_call_future_t.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_func_call_async")]
    internal static partial nint Call(
        nint context, FunctionReference* function, WasmValue* arguments, nuint argumentCount, WasmValue* results, nuint resultCount, nint* trap, nint* error);

    /// <summary>
    /// Runs the guest on its own stack, above which the caller's must lie (see <see cref="FiberStacks"/>). Returns true when it has ended; not to be called
    /// again then.
    /// </summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_call_future_poll")]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool Poll(nint future);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_call_future_delete")]
    internal static partial void Delete(nint future);
}
