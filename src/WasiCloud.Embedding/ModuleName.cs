using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding;

/// <summary>Names of modules.</summary>
internal static class ModuleName
{
    /// <summary>Checks that logs can show a name, and guests can get it.</summary>
    /// <param name="name">The name.</param>
    /// <param name="parameter">The caller's parameter that it comes from.</param>
    /// <exception cref="ArgumentException">It is not a module's name.</exception>
    public static void Check(string name, string parameter)
    {
        ArgumentException.ThrowIfNullOrEmpty(name, parameter);
        if (name.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("The name contains a NUL; guests get it as their first argument.", parameter);
        if (!LogText.IsOneLine(name)) throw new ArgumentException("The name contains a control or bidirectional character; it is written to logs.", parameter);
    }
}
