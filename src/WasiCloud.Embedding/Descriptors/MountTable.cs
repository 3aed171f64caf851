using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>The tree of mount points, built once at start-up.</summary>
internal sealed class MountTable
{
    private readonly List<IVirtualMount> _mounts = [];
    private ulong _lastDevice;

    public MountTable(IEnumerable<(string GuestPath, FileAccess Access, IVirtualMount Mount)> mounts)
    {
        Root = Create("/");
        foreach (var (guestPath, access, mount) in mounts)
        {
            var point = Root;
            foreach (var name in SplitGuestPath(guestPath)) point = point.GetOrAddChild(name, Create);
            _mounts.Add(mount);
            point.SetSource(mount, MountCount - 1, isReadOnly: (access & FileAccess.Write) == 0);
        }
    }

    public Mount Root { get; }

    public int MountCount => _mounts.Count;

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
