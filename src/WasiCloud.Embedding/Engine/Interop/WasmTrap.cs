namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>A wasm_trap_t read out and deleted. The message is Wasmtime's, several lines with the backtrace in it.</summary>
internal sealed record WasmTrap(TrapCode? Code, string Message, IReadOnlyList<WasmFrame> Frames)
{
    /// <summary>Null for zero, the C API's "no trap".</summary>
    internal static unsafe WasmTrap? Take(nint trap)
    {
        if (trap == 0)
            return null;

        try
        {
            TrapCode code = default;
            var hasCode = TrapApi.Code(trap, &code);
            ByteVector message = default;
            TrapApi.Message(trap, &message);
            PointerVector frames = default;
            TrapApi.Trace(trap, &frames);
            return new WasmTrap(hasCode ? code : null, ByteVector.TakeMessage(&message), WasmFrame.TakeAll(&frames));
        }
        finally
        {
            TrapApi.Delete(trap);
        }
    }
}
