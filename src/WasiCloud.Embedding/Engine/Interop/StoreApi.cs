using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>
/// wasmtime/store.h. Stores are raw pointers, not safe handles: one lives for one invocation, is owned by one object
/// that deletes it in one place, and is created 200,000 times a second. A store keeps its engine alive natively.
/// </summary>
internal static unsafe partial class StoreApi
{
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_store_new")]
    internal static partial nint New(EngineHandle engine, nint data, nint finalizer);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_store_delete")]
    internal static partial void Delete(nint store);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_store_context")]
    [SuppressGCTransition]
    internal static partial nint Context(nint store);

    /// <summary>A negative limit keeps the default. A growth beyond a limit returns -1 to the guest; it does not trap.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_store_limiter")]
    internal static partial void SetLimits(nint store, long memoryBytes, long tableElements, long instances, long tables, long memories);

    /// <summary>
    /// The callback (context, data, delta, kind) returns an owned wasmtime_error_t to end the guest, or zero after
    /// writing how many ticks it may go on. Without a callback an exceeded deadline is <see cref="TrapCode.Interrupt"/>.
    /// </summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_store_epoch_deadline_callback")]
    internal static partial void SetEpochDeadlineCallback(
        nint store,
        delegate* unmanaged<nint, nint, ulong*, byte*, nint> callback,
        nint data,
        nint finalizer);

    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_context_set_epoch_deadline")]
    [SuppressGCTransition]
    internal static partial void SetEpochDeadline(nint context, ulong ticksBeyondCurrent);

    /// <summary>Returns an owned wasmtime_error_t if the engine does not count fuel, otherwise zero.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_context_set_fuel")]
    internal static partial nint SetFuel(nint context, ulong fuel);

    /// <summary>Returns an owned wasmtime_error_t if the engine does not count fuel, otherwise zero.</summary>
    [LibraryImport(NativeLibraryName.Wasmtime, EntryPoint = "wasmtime_context_get_fuel")]
    internal static partial nint GetFuel(nint context, ulong* fuel);
}
