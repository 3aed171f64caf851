using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace WasiCloud.Embedding.Authority;

/// <summary>Functions of the application (<c>AddImport</c>) that a guest may import.</summary>
/// <param name="Module">Their module, such as <c>env</c>; <see langword="null"/> for any.</param>
/// <param name="Name">The function's name; <see langword="null"/> for all of the module.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ImportGrant(string? Module, string? Name)
{
    /// <summary>All functions of the application.</summary>
    public static ImportGrant Any => default;

    /// <summary>The grant as it stands in the text of a policy.</summary>
    /// <returns>For example <c>import env.say</c>.</returns>
    public override string ToString() => PolicyText.Of(this);

    /// <summary>What is wrong with its names, to be read after them: a line of text could not hold them; <see langword="null"/> if nothing is.</summary>
    internal string? Problem => ProblemOf(Module) ?? ProblemOf(Name);

    /// <summary>Whether it is one of them.</summary>
    internal bool Covers(string module, string name) =>
        (Module is null || string.Equals(Module, module, StringComparison.Ordinal)) && (Name is null || string.Equals(Name, name, StringComparison.Ordinal));

    internal bool Covers(ImportGrant other) =>
        (Module is null || string.Equals(Module, other.Module, StringComparison.Ordinal))
        && (Name is null || string.Equals(Name, other.Name, StringComparison.Ordinal));

    private static string? ProblemOf(ReadOnlySpan<char> name)
    {
        while (!name.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(name, out var rune, out var length) != OperationStatus.Done) return "has half a character";
            if (rune.Value is < ' ' or 0x7f) return "has a control character: grant all of its module";
            name = name[length..];
        }

        return null;
    }

    /// <summary>The functions of both, if there are any.</summary>
    internal ImportGrant? Intersect(ImportGrant other)
    {
        if (Module is not null && other.Module is not null && Module != other.Module) return null;
        if (Name is not null && other.Name is not null && Name != other.Name) return null;
        return new ImportGrant(Module ?? other.Module, Name ?? other.Name);
    }
}
