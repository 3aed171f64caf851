using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>The tree of mount points, built once at start-up.</summary>
internal sealed class MountTable
{
    private readonly List<IVirtualMount> _mounts = [];
    private readonly List<string> _paths = [];
    private ulong _lastDevice;

    public MountTable(IEnumerable<(string GuestPath, FileAccess Access, IVirtualMount Mount)> mounts)
    {
        Root = Create("/");
        foreach (var (guestPath, access, mount) in mounts)
        {
            var point = Root;
            foreach (var name in SplitGuestPath(guestPath)) point = point.GetOrAddChild(name, Create);
            _mounts.Add(mount);
            _paths.Add(point.Path);
            var partIndex = mount is IPartitionedMount ? RootCount++ : -1;
            point.SetSource(mount, RootCount++, partIndex, isReadOnly: (access & FileAccess.Write) == 0);
        }
    }

    public Mount Root { get; }

    public int MountCount => _mounts.Count;

    /// <summary>How many root directories an invocation can have attached: one of each mount, and one of each tenant's part.</summary>
    public int RootCount { get; private set; }

    /// <summary>Finds what is mounted at a path or, if nothing is, above it.</summary>
    /// <param name="names">The components of the path.</param>
    /// <returns>The mount; <see langword="null"/> if there is none.</returns>
    public Mount? Covering(ReadOnlySpan<string> names)
    {
        var (point, found) = (Root, Root.Source is null ? null : Root);
        foreach (var name in names)
        {
            if (!point.Children.TryGetValue(name, out var child)) break;
            point = child;
            if (point.Source is not null) found = point;
        }

        return found;
    }

    /// <summary>Finds the place of a path, if it is a mount point or leads to one.</summary>
    public Mount? At(ReadOnlySpan<string> names)
    {
        var point = Root;
        foreach (var name in names)
        {
            if (!point.Children.TryGetValue(name, out var child)) return null;
            point = child;
        }

        return point;
    }

    /// <summary>Where something is mounted.</summary>
    public IReadOnlyList<string> Paths => _paths;

    /// <summary>Whether one of the mounts is of this type.</summary>
    public bool Has<TMount>()
        where TMount : IVirtualMount => _mounts.OfType<TMount>().Any();

    /// <summary>Splits a registered path into its components.</summary>
    /// <exception cref="ArgumentException">It is not absolute, or has an empty, <c>.</c> or <c>..</c> component, or a NUL.</exception>
    public static string[] SplitGuestPath(string guestPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(guestPath);
        if (guestPath == "/") return [];
        var names = guestPath.Split('/');
        if (names[0].Length != 0 || names.Skip(1).Any(name => name.Length == 0 || name is "." or ".." || name.Contains('\0', StringComparison.Ordinal)))
            throw new ArgumentException($"'{guestPath}' is not an absolute guest path without empty, '.' and '..' components.", nameof(guestPath));
        return names[1..];
    }

    private Mount Create(string path) => new(path, ++_lastDevice);
}
