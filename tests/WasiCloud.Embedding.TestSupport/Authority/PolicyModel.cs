using WasiCloud.Embedding.Authority;

namespace WasiCloud.Embedding.Tests.Authority;

/// <summary>What a policy means, in a few lines: of the lines that cover a path, the longest decides.</summary>
internal sealed class PolicyModel(IReadOnlyList<GuestPolicyLine> lines)
{
    public GuestAccess Access(string path) =>
        lines.Where(line => Covers(line.Path, path)).OrderByDescending(line => line.Path.Length).Select(line => line.Access).FirstOrDefault();

    public bool Allows(string path, GuestAccess access) => (Access(path) & access) == access;

    /// <summary>Whether it leads to something that is granted.</summary>
    public bool IsWay(string path) =>
        Access(path) == GuestAccess.None && lines.Any(line => IsBelow(line.Path, path) && line.Access != GuestAccess.None);

    /// <summary>Whether something else is said of a place below it than of that place's directory.</summary>
    public bool IsDivided(string path) => lines.Any(line => IsBelow(line.Path, path) && line.Access != Access(DirectoryOf(line.Path)));

    public bool IsVisible(string path, bool isDirectory) => Access(path) != GuestAccess.None || (isDirectory && IsWay(path));

    /// <summary>Whether anything at all can be there for the guest.</summary>
    public bool Exists(string path) => Access(path) != GuestAccess.None || IsWay(path);

    private static string DirectoryOf(string path) => path.LastIndexOf('/') is var slash and > 0 ? path[..slash] : "/";

    private static bool Covers(string line, string path) => line == path || IsBelow(path, line);

    private static bool IsBelow(string path, string directory) =>
        path != directory && path.StartsWith(directory == "/" ? "/" : directory + "/", StringComparison.Ordinal);
}
