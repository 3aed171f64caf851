namespace WasiCloud.Embedding.FileSystem;

/// <summary>
/// Tells the values of the ABI from other numbers, which a mount can return too: some of those mean something within this library, and guests know none of
/// them.
/// </summary>
internal static class DefinedValues
{
    /// <summary>Whether a guest may be told it.</summary>
    public static bool IsDefined(this Errno error) => error <= Errno.NotCapable;

    /// <summary>The type, if it is one.</summary>
    public static FileType OrUnknown(this FileType type) => type <= FileType.SymbolicLink ? type : FileType.Unknown;
}
