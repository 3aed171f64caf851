using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding;

/// <summary>A function of a guest takes or returns other types than the application asked for.</summary>
public sealed class GuestSignatureException : InvalidOperationException
{
    internal GuestSignatureException(string functionName, GuestSignature expected, GuestSignature actual)
        : base($"The guest's function '{SafeText.Of(functionName)}' is {SafeText.Of(actual.ToString())}, not {SafeText.Of(expected.ToString())}.") =>
        (FunctionName, Expected, Actual) = (functionName, expected, actual);

    /// <summary>The name of the export, as the module has it: it may have any characters.</summary>
    public string FunctionName { get; }

    /// <summary>What the application asked for.</summary>
    public GuestSignature Expected { get; }

    /// <summary>What the module exports.</summary>
    public GuestSignature Actual { get; }
}
