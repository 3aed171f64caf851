using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>The rules of who may own and write what leads to a compiled module, and the module itself.</summary>
internal static class PathTrust
{
    private const uint Root = 0;

    /// <summary>Checks a folder above the last.</summary>
    /// <remarks>
    /// One that others can write, such as <c>/tmp</c>, will do if it is sticky: then only its owner and that of an entry can rename or remove the entry, and
    /// both are checked to be root or the current user.
    /// </remarks>
    public static void CheckAncestor(in FileFacts facts, string path)
    {
        CheckOwner(facts, path);
        if (!facts.IsDirectory) throw new IOException($"'{path}' is not a folder.");
        if (facts.OthersMayWrite && !facts.IsSticky) throw Untrusted(path, "is writable by others");
    }

    /// <summary>Checks a folder in which the files are.</summary>
    public static void CheckFolder(in FileFacts facts, string path)
    {
        CheckAncestor(facts, path);
        if (facts.OthersMayWrite) throw Untrusted(path, "is writable by others");
    }

    /// <summary>Checks an open file whose code is to be run.</summary>
    public static void CheckFile(in FileFacts facts, string path)
    {
        CheckOwner(facts, path);
        if (!facts.IsRegular) throw Untrusted(path, "is not a file");
        if (facts.OthersMayWrite) throw Untrusted(path, "is writable by others");

        // None: it was replaced or deleted just now, and is as good as it was.
        if (facts.Links > 1) throw Untrusted(path, "has another name elsewhere");
    }

    /// <summary>Checks the owner alone, as of a symbolic link, which has no permissions of its own.</summary>
    public static void CheckOwner(in FileFacts facts, string path)
    {
        if (facts.Owner != Root && facts.Owner != FileApi.GetEffectiveUser())
            throw Untrusted(path, FormattableString.Invariant($"belongs to another user ({facts.Owner})"));
    }

    public static UntrustedPathException Untrusted(string path, string problem) => new($"'{path}' {problem}");
}
