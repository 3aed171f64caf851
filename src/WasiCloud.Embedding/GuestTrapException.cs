namespace WasiCloud.Embedding;

/// <summary>The guest trapped (WebAssembly core specification section 4.6, "trap").</summary>
public sealed class GuestTrapException : GuestException
{
    internal GuestTrapException(GuestTrapCode code, string message, IReadOnlyList<GuestStackFrame> backtrace, Exception? innerException = null)
        : base(message, innerException) => (Code, Backtrace) = (code, backtrace);

    /// <summary>Why.</summary>
    public GuestTrapCode Code { get; }

    /// <summary>The guest's stack, innermost frame first.</summary>
    public IReadOnlyList<GuestStackFrame> Backtrace { get; }
}

/// <summary>One frame of a guest's stack.</summary>
/// <param name="FunctionIndex">The function's index in the module.</param>
/// <param name="FunctionName">Its name from the module's name section, if there is one: 200 characters at most, control and bidirectional ones escaped
/// (<c>\u{1b}</c>).</param>
/// <param name="ModuleOffset">The byte offset of the instruction in the module.</param>
public sealed record GuestStackFrame(uint FunctionIndex, string? FunctionName, long ModuleOffset)
{
    /// <summary>The frame on one line, the name cut and without control characters.</summary>
    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{(FunctionName is null ? "<unnamed>" : Text.SafeText.Of(FunctionName))} (function {FunctionIndex}, offset 0x{ModuleOffset:x})");
}
