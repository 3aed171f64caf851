using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>
/// What entering a guest left behind: nothing, an owned wasmtime_error_t or an owned wasm_trap_t. Whoever receives a
/// failed outcome takes it exactly once. A trap is a code of the engine (<see cref="TrapCode"/>); what a host function
/// returned from wasmtime_trap_new comes back as an error (c-api/src/func.rs, store_err).
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CallOutcome(nint Error, nint Trap)
{
    internal bool Succeeded => Error == 0 && Trap == 0;

    internal WasmtimeError? TakeError() => WasmtimeError.Take(Error);

    internal WasmTrap? TakeTrap() => WasmTrap.Take(Trap);
}
