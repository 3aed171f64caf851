using System.Globalization;
using System.Text.RegularExpressions;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>Turns Wasmtime's traps into the public exception.</summary>
internal static partial class TrapTranslation
{
    public static GuestTrapException ToException(WasmTrap trap)
    {
        var code = trap.Code is <= TrapCode.OutOfFuel ? (GuestTrapCode)trap.Code.Value : GuestTrapCode.Other;
        if (code == GuestTrapCode.StackOverflow) GuestLimitMeter.Count(GuestLimit.Stack);
        return ToException(code, Describe(code, trap), trap.Frames);
    }

    /// <summary>
    /// Tells a call of an import that is not offered, which is the guest's doing, and a pool without a free place, which is a matter of time, from errors of
    /// the host.
    /// </summary>
    public static (GuestTrapException? Trap, Exception? HostException) OfError(WasmtimeError error)
    {
        var pool = FullPoolPattern().Match(error.Message);
        if (pool.Success)
            return (null, new GuestLimitException(
                GuestLimit.Concurrency, long.Parse(pool.Groups["places"].Value, CultureInfo.InvariantCulture), new InvalidOperationException(error.Message)));
        var import = UnknownImportPattern().Match(error.Message);
        return import.Success
            ? (ToException(GuestTrapCode.Other,
                $"call of {SafeText.Of(import.Groups["module"].Value)}.{SafeText.Of(import.Groups["name"].Value)}, which this host does not offer",
                error.Frames), null)
            : (null, new InvalidOperationException(error.Message));
    }

    private static GuestTrapException ToException(GuestTrapCode code, string description, IReadOnlyList<WasmFrame> trace)
    {
        var frames = trace.Select(frame =>
            new GuestStackFrame(frame.FunctionIndex, frame.FunctionName is { } name ? SafeText.Of(name) : null, (long)(frame.ModuleOffset ?? 0))).ToArray();
        var place = frames.Length == 0 ? string.Empty : $" in {frames[0]}";
        return new GuestTrapException(code, $"The guest trapped: {description}{place}.", frames);
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
        _ => SafeText.Of(LastLine(trap.Message), ModuleInspection.MaxMessageLength),
    };

    // Wasmtime's message has the backtrace first and the cause last.
    private static string LastLine(string message) => message.TrimEnd().Split('\n')[^1].Trim();

    // wasmtime/src/runtime/linker.rs, UnknownImportError: the function that wasmtime_linker_define_unknown_imports_as_traps defines.
    [GeneratedRegex("unknown import: `(?<module>.*?)::(?<name>.*)` has not been defined",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UnknownImportPattern();

    // wasmtime/src/runtime/vm/instance/allocator/pooling.rs, PoolConcurrencyLimitError. Admission gives no more guests slots than the pool has places; should
    // it ever, that is no failure of the guest.
    [GeneratedRegex("maximum concurrent limit of (?<places>[0-9]{1,18}) for [^\\n]* reached", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex FullPoolPattern();
}
