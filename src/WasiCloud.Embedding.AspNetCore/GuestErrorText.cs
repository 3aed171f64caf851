namespace WasiCloud.Embedding.AspNetCore;

/// <summary>A guest's standard error for a log entry.</summary>
internal static class GuestErrorText
{
    // No line of a guest begins where a line of the log does, so that none looks like an entry.
    private const string Indentation = "\n    ";

    /// <summary>The last of what the guest wrote, each line indented; empty if it was not the guest that failed.</summary>
    public static string Of(Exception exception) =>
        exception is GuestException { StandardError: { Length: > 0 } error } ? Indentation + error.ReplaceLineEndings(Indentation) : string.Empty;
}
