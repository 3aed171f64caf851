using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine;

/// <summary>Turns Wasmtime's traps into the public exception.</summary>
internal static class TrapTranslation
{
    public static GuestTrapException ToException(WasmTrap trap)
    {
        var code = trap.Code is <= TrapCode.OutOfFuel ? (GuestTrapCode)trap.Code.Value : GuestTrapCode.Other;
        var frames = trap.Frames
            .Select(frame => new GuestStackFrame(frame.FunctionIndex, frame.FunctionName, (long)(frame.ModuleOffset ?? 0)))
            .ToArray();
        var place = frames.Length == 0 ? string.Empty : $" in {frames[0]}";
        return new GuestTrapException(code, $"The guest trapped: {Describe(code, trap)}{place}.", frames);
    }

    private static string Describe(GuestTrapCode code, WasmTrap trap) => code switch
    {
        GuestTrapCode.StackOverflow => "call stack exhausted",
        GuestTrapCode.MemoryOutOfBounds => "out of bounds memory access",
        GuestTrapCode.TableOutOfBounds => "out of bounds table access",
        GuestTrapCode.IndirectCallToNull => "indirect call to a null table entry",
        GuestTrapCode.BadSignature => "indirect call with another signature",
        GuestTrapCode.IntegerOverflow => "integer overflow",
        GuestTrapCode.IntegerDivisionByZero => "integer division by zero",
        GuestTrapCode.BadConversionToInteger => "conversion of a number that no integer can represent",
        GuestTrapCode.Unreachable => "unreachable code (abort or panic)",
        _ => LastLine(trap.Message),
    };

    // Wasmtime's message has the backtrace first and the cause last.
    private static string LastLine(string message) => message.TrimEnd().Split('\n')[^1].Trim();
}
