using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Tool.Policies;

/// <summary>Tells which line of a policy decides about a path.</summary>
internal static class PolicyExplanation
{
    /// <returns>The exit code.</returns>
    public static int Print(string file, string path)
    {
        var policy = GuestPolicy.Load(file);
        Console.Out.WriteLine(SafeText.OfMessage(Explain(file, policy, path)));
        return 0;
    }

    private static string Explain(string file, GuestPolicy policy, string path)
    {
        if (policy.Find(path) is not { } line) return $"{path}: no line covers it: it does not exist (ENOENT).{Way(policy, path)}";
        var hasLine = policy.Lines.Any(candidate => candidate.Path == line.Path);
        var where = hasLine ? $"{PolicyFile.Of(file).PlaceOf(line)}: {line}" : $"{line.Path}, which every policy has";
        if (line.Access == GuestAccess.None) return $"{path}: {where}: it does not exist (ENOENT).{Way(policy, path)}";
        return $"{path}: {where}: {Rights(line.Access)}{(line.IsTenant ? ", in the part of the invocation's tenant" : string.Empty)}"
            + $"{(line.IsOwn ? ", if it is the invocation's own" : string.Empty)}.";
    }

    private static string Way(GuestPolicy policy, string path)
    {
        var directory = path.TrimEnd('/') + "/";
        var below = policy.Lines.Where(line => line.Access != GuestAccess.None && line.Path.StartsWith(directory, StringComparison.Ordinal))
            .Select(line => line.Path).FirstOrDefault();
        return below is null ? string.Empty : $" As a directory it leads to {below}.";
    }

    private static string Rights(GuestAccess access)
    {
        var parts = new List<string>();
        if (access.HasFlag(GuestAccess.Read)) parts.Add("read and list");
        if (access.HasFlag(GuestAccess.Write)) parts.Add("write what exists");
        if (access.HasFlag(GuestAccess.Create)) parts.Add("create, remove and rename");
        return $"the guest may {string.Join("; ", parts)}; anything else is denied (EACCES)";
    }
}
