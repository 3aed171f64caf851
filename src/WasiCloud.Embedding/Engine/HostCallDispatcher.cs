using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Preview1;

namespace WasiCloud.Embedding.Engine;

/// <summary>Where guests enter the host: one native callback for all functions, told apart by an index.</summary>
internal static unsafe class HostCallDispatcher
{
    private static readonly HostFunction[] Functions = [.. Preview1Functions.All];

    /// <summary>The callback given to the linker. No exception may leave it.</summary>
    /// <param name="index">Which function.</param>
    /// <param name="caller">wasmtime_caller_t.</param>
    /// <param name="values">Arguments in, result out.</param>
    /// <param name="count">The length of <paramref name="values"/>.</param>
    /// <returns>Zero, or an owned wasm_trap_t that ends the guest.</returns>
    [UnmanagedCallersOnly]
    public static nint Dispatch(nint index, nint caller, ValRaw* values, nuint count)
    {
        var context = FunctionApi.CallerContext(caller);
        var run = Unsafe.As<GuestRun>(GCHandle.FromIntPtr(StoreApi.GetData(context)).Target!);
        try
        {
            var function = Functions[index];
            run.RefreshMemory(context, caller);

            // Whole 8 bytes also for an i32, whose upper half is undefined: CallArguments reads by type.
            var arguments = default(CallArguments);
            for (var position = 0; position < (int)count && position < CallArguments.MaxCount; position++) arguments[position] = (ulong)values[position].I64;
            var result = function.Begin(run.Guest, arguments);
            if (result == Suspension.Required) result = run.Waiter.Wait(function, run.Guest, arguments, run.CancellationToken);
            if (result == HostFunction.Exit) return TrapApi.New("exit"u8);
            values[0].I32 = (int)result;
            return 0;
        }
        catch (Exception exception)
        {
            // Cancellation, or a defect of this library: either way the guest ends here and the run tells why.
            run.HostException = exception;
            return TrapApi.New("host"u8);
        }
    }

    /// <summary>Called on the guest's thread at every tick of the epoch.</summary>
    /// <returns>Zero to go on, or an owned wasmtime_error_t that ends the guest.</returns>
    [UnmanagedCallersOnly]
    public static nint EpochElapsed(nint context, nint data, ulong* delta, byte* kind)
    {
        var run = Unsafe.As<GuestRun>(GCHandle.FromIntPtr(data).Target!);
        if (run.MustStop)
        {
            run.HostException = new OperationCanceledException(run.CancellationToken);
            fixed (byte* message = "interrupted\0"u8) return ErrorApi.New(message);
        }

        *delta = 1;
        return 0;
    }
}
