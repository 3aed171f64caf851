using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Tests.Authority;

/// <summary>The tree that generated policies speak of, and what each operation has to answer under one of them.</summary>
internal sealed class PolicyWorld(PolicyModel model)
{
    public const string Root = "/m";

    public static readonly HashSet<string> Directories = new(["/m/a", "/m/a/a", "/m/a/b", "/m/b", "/m/b/a"], StringComparer.Ordinal);

    public static readonly HashSet<string> Files = new(
        ["/m/c", "/m/a/c", "/m/a/a/c", "/m/a/b/c", "/m/b/c", "/m/b/a/c", "/m/a/a/d"], StringComparer.Ordinal);

    /// <summary>All paths of two or three components below the mount, there or not.</summary>
    public static readonly string[] Paths =
    [
        .. from first in new[] { "a", "b", "c", "d" } select $"/m/{first}",
        .. from first in new[] { "a", "b", "d" } from second in new[] { "a", "b", "c", "d" } select $"/m/{first}/{second}",
        .. from first in new[] { "a/a", "a/b", "b/a", "a/c" } from second in new[] { "c", "d" } select $"/m/{first}/{second}",
    ];

    /// <summary>A policy of one to six lines about places of the tree and some others.</summary>
    public static GuestPolicyBuilder GeneratePolicy(Random random)
    {
        string[] places = ["/", Root, .. Paths, "/n", "/m/a/b/c/d"];
        var builder = new GuestPolicyBuilder();
        foreach (var place in random.GetItems(places, random.Next(1, 7)).Distinct(StringComparer.Ordinal))
            builder.Allow(place, (GuestAccess)random.Next(8));
        return builder;
    }

    /// <summary>One of <see cref="Paths"/>.</summary>
    public static string PickPath(Random random) => Paths[random.Next(Paths.Length)];

    public Errno Status(string path) => Blocked(path) ?? (IsThere(path) ? Errno.Success : Errno.NoEnt);

    public Errno Open(string path, GuestAccess access)
    {
        if (Status(path) is var error and not Errno.Success) return error;
        if (Directories.Contains(path)) return access == GuestAccess.Read ? Errno.Success : Errno.IsDir;
        return model.Allows(path, access) ? Errno.Success : Errno.Access;
    }

    public Errno Create(string path, GuestAccess access)
    {
        if (Blocked(path) is { } error) return error;
        return IsThere(path) ? Open(path, access) : Change(path, GuestAccess.Create | access);
    }

    public Errno MakeDirectory(string path) => Blocked(path) ?? (IsThere(path) ? Errno.Exist : Change(path, GuestAccess.Create));

    public Errno Remove(string path) => Blocked(path) ?? Change(path, GuestAccess.Create);

    public Errno SetTimes(string path)
    {
        if (Status(path) is var error and not Errno.Success) return error;
        return model.Allows(path, GuestAccess.Write) ? Errno.Success : Errno.Access;
    }

    public Errno List(string path)
    {
        if (Status(path) is var error and not Errno.Success) return error;
        if (!Directories.Contains(path)) return Errno.NotDir;
        return model.IsWay(path) || model.Allows(path, GuestAccess.Read) ? Errno.Success : Errno.Access;
    }

    public string[] Listed(string path) =>
        [.. Directories.Concat(Files).Where(entry => entry[..entry.LastIndexOf('/')] == path && IsThere(entry)).Select(entry => entry[(path.Length + 1)..])];

    public Errno Link(string from, string to)
    {
        if (Status(from) is var error and not Errno.Success) return error;
        if (Remove(to) is var refused and not Errno.Success) return refused;
        if (Directories.Contains(from)) return Errno.Perm;
        return Gains(from, to) ? Errno.Access : Errno.Success;
    }

    public Errno Rename(string from, string to)
    {
        if (Blocked(from) is { } early) return early;
        if (Blocked(to) is { } late) return late;
        if (Remove(from) is var error and not Errno.Success) return error;
        if (Remove(to) is var refused and not Errno.Success) return refused;
        return Gains(from, to) || model.IsDivided(from) || model.IsDivided(to) ? Errno.Access : Errno.Success;
    }

    /// <summary>Whether the mount may be asked for this.</summary>
    public bool MayAsk(string operation, string path) => operation switch
    {
        "lookup" => model.Exists(path),
        "stat" or "linked" => model.Access(path) != GuestAccess.None,
        "read" => model.Allows(path, GuestAccess.Read),
        "write" or "times" => model.Allows(path, GuestAccess.Write),
        _ => model.Allows(path, GuestAccess.Create),
    };

    private bool IsThere(string path) => (Directories.Contains(path) && model.IsVisible(path, true)) || (Files.Contains(path) && model.IsVisible(path, false));

    private Errno Change(string path, GuestAccess access)
    {
        if (!model.Exists(path)) return Errno.NoEnt;
        return model.Allows(path, access) ? Errno.Success : Errno.Access;
    }

    // Whether it can be read or written under its new name and not under the old one.
    private bool Gains(string from, string to) => !model.Allows(from, model.Access(to) & (GuestAccess.Read | GuestAccess.Write));

    private Errno? Blocked(string path)
    {
        for (var slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            var above = path[..slash];
            if (above == Root && model.IsVisible(above, true)) continue;
            if (above == Root || !IsThere(above)) return Errno.NoEnt;
            if (Files.Contains(above)) return Errno.NotDir;
        }

        return null;
    }
}
