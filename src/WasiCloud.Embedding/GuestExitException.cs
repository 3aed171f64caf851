namespace WasiCloud.Embedding;

/// <summary>The guest ended with an exit code other than 0, or an instance's function ended it, with any code.</summary>
public sealed class GuestExitException : GuestException
{
    internal GuestExitException(int exitCode)
        : base(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The guest exited with code {exitCode}.")) => ExitCode = exitCode;

    /// <summary>What the guest passed to <c>proc_exit</c>.</summary>
    public int ExitCode { get; }
}
