using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>Where guests enter the host: one native callback for all functions, told apart by an index.</summary>
internal static unsafe class HostCallDispatcher
{
    // wasmtime/store.h, WASMTIME_UPDATE_DEADLINE_YIELD.
    private const byte YieldAtDeadline = 1;

    /// <summary>The callback given to the linker. No exception may leave it.</summary>
    /// <param name="index">Which function.</param>
    /// <param name="caller">wasmtime_caller_t.</param>
    /// <param name="values">Arguments in, result out.</param>
    /// <param name="count">The length of <paramref name="values"/>.</param>
    /// <returns>Zero, or an owned wasm_trap_t that ends the guest.</returns>
    [UnmanagedCallersOnly]
    public static nint Dispatch(nint index, nint caller, ValRaw* values, nuint count)
    {
        var store = GuestStore.Entered;
        try
        {
            var function = store.Functions[index];
            store.RefreshMemory(caller);

            // Whole 8 bytes also for an i32, whose upper half is undefined: CallArguments reads by type.
            CallArguments arguments;
            Unsafe.SkipInit(out arguments);
            for (var position = 0; position < (int)count && position < CallArguments.MaxCount; position++) arguments[position] = (ulong)values[position].I64;
            HostCallOutcome outcome;
            if (store.Guest.Recorder is { } recorder)
            {
                outcome = ObservedCall.Run(store, recorder, function, arguments);
            }
            else
            {
                outcome = function.Begin(store.Guest, arguments);
                if (outcome.IsMustWait) outcome = store.Waiter.Wait(function, store.Guest, arguments, store.CancellationToken);
            }

            if (!outcome.IsCompleted) return Exit(store, outcome);
            values[0].I32 = (int)outcome.Error;
            return 0;
        }
        catch (Exception exception)
        {
            // Cancellation, a limit, or a defect of this library: either way the guest ends here and the run tells why.
            store.HostException = store.Turn.ReasonOf(exception);
            return TrapApi.New("host"u8);
        }
    }

    /// <summary>The callback for the application's own functions. No exception may leave it.</summary>
    /// <param name="index">Which of the engine's imports.</param>
    /// <param name="caller">wasmtime_caller_t.</param>
    /// <param name="values">Arguments in, results out.</param>
    /// <param name="count">The length of <paramref name="values"/>.</param>
    /// <returns>Zero, or an owned wasm_trap_t that ends the guest.</returns>
    [UnmanagedCallersOnly]
    public static nint DispatchImport(nint index, nint caller, ValRaw* values, nuint count)
    {
        var store = GuestStore.Entered;
        var import = store.Module.Engine.Imports[(int)index];
        try
        {
            store.RefreshMemory(caller);
            var slots = ValueConversion.ToSlots(new Span<ValRaw>(values, (int)count));
            if (store.Guest.Recorder is { } recorder) CallObserved(recorder, import, store, slots);
            else Call(import, store, slots);
            return 0;
        }
        catch (Exception exception)
        {
            store.HostException = import.WaitingBody is null ? ImportInvocation.ToHostException(import, store, exception) : store.Turn.ReasonOf(exception);
            return TrapApi.New("host"u8);
        }
    }

    /// <summary>The callback for WASI functions that may wait, on a fiber. No exception may leave it.</summary>
    [UnmanagedCallersOnly]
    public static void DispatchOnFiber(
        nint index, nint caller, WasmValue* values, nuint count, WasmValue* results, nuint resultCount, nint* trap, AsyncContinuation* continuation)
    {
        var store = GuestStore.Entered;
        store.RefreshMemory(caller);
        CallArguments arguments;
        Unsafe.SkipInit(out arguments);
        for (var position = 0; position < (int)count && position < CallArguments.MaxCount; position++) arguments[position] = (ulong)values[position].I64;
        store.Fiber!.Begin(store.Functions[index], arguments, results, trap, continuation);
    }

    /// <summary>The callback for the application's own functions, on a fiber. No exception may leave it.</summary>
    [UnmanagedCallersOnly]
    public static void DispatchImportOnFiber(
        nint index, nint caller, WasmValue* values, nuint count, WasmValue* results, nuint resultCount, nint* trap, AsyncContinuation* continuation)
    {
        var store = GuestStore.Entered;
        store.RefreshMemory(caller);
        store.Fiber!.Begin(store.Module.Engine.Imports[(int)index], values, results, trap, continuation);
    }

    /// <summary>Called on the guest's thread at every tick of the epoch.</summary>
    /// <returns>Zero to go on, or an owned wasmtime_error_t that ends the guest.</returns>
    [UnmanagedCallersOnly]
    public static nint EpochElapsed(nint context, nint data, ulong* delta, byte* kind)
    {
        var store = GuestStore.Entered;
        store.Turn.NoteTick();

        // A guest that computes gives the thread to others at every tick, and its caller gets its own thread back.
        if (store.Fiber is not null) *kind = YieldAtDeadline;
        else if (!store.MustStop && !store.Turn.Meter.IsExceeded && store.Turn.MustWait()) WaitForPlace(store);
        if (store.MustStop) store.HostException = new OperationCanceledException(store.CancellationToken);
        else if (store.Turn.Meter.IsExceeded) store.HostException = store.Turn.LimitExceeded();
        if (store.HostException is not null)
        {
            fixed (byte* message = "interrupted\0"u8) return ErrorApi.New(message);
        }

        *delta = 1;
        return 0;
    }

    private static nint Exit(GuestStore store, HostCallOutcome outcome)
    {
        store.ExitCode = outcome.ExitCode;
        return TrapApi.New("exit"u8);
    }

    private static void CallObserved(HostCallRecorder recorder, GuestImport import, GuestStore store, Span<GuestSlot> slots)
    {
        ObservedImport.Begin(recorder, import, slots);
        var hasCompleted = false;
        try
        {
            Call(import, store, slots);
            hasCompleted = true;
        }
        finally
        {
            ObservedImport.End(recorder, import, slots, hasCompleted);
        }
    }

    // It may wait, also for another guest.
    private static void Call(GuestImport import, GuestStore store, Span<GuestSlot> slots)
    {
        var isGated = store.Turn.IsGated;
        if (isGated) store.Turn.Leave();
        if (import.WaitingBody is null) ImportInvocation.Invoke(import, store, slots);
        else Await(import, store, slots);
        if (isGated && !store.Turn.HasPlace && !store.Turn.TryEnter()) WaitForPlace(store);
    }

    private static void Await(GuestImport import, GuestStore store, Span<GuestSlot> slots)
    {
        var values = slots.ToArray();
        store.Waiter.Wait(import, store, values, store.CancellationToken);
        values.CopyTo(slots);
    }

    private static void WaitForPlace(GuestStore store)
    {
        store.Turn.Stop();
        store.Waiter.WaitForPlace(store);
        store.Turn.Start(isTicking: true);
    }
}
