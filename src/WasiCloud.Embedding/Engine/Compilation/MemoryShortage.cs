namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>
/// Tells from a message that memory ran out. Rust's and .NET's allocators end the process when they get none, and what they say is all that tells this from
/// another crash.
/// </summary>
internal static class MemoryShortage
{
    // Rust's standard library, its text for ENOMEM, and CoreCLR.
    private static readonly string[] s_signs = ["memory allocation of ", "Cannot allocate memory", "Out of memory", "OutOfMemoryException"];

    public static bool IsToldBy(string message) => Array.Exists(s_signs, sign => message.Contains(sign, StringComparison.OrdinalIgnoreCase));
}
