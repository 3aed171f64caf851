using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>
/// Walks one path from a directory, contained in it: <c>..</c> never leaves it, nor does any symbolic link. Reused by call after call of one guest.
/// </summary>
internal sealed class PathWalk(RecentTexts texts)
{
    // POSIX SYMLOOP_MAX is at least 8; Linux stops at 40 (path_resolution(7)).
    private const int MaxSymlinks = 40;

    // Between two looks at whether the guest is to end: 40 symbolic links of 4,096 bytes are 80,000 components, and as many calls of the kernel.
    private const int LookupsInARow = 512;

    // The directories from the start to the parent of the last component; ".." pops.
    private readonly List<NodeReference> _directories = [];

    /// <summary>Whose tree it walks; needed under a policy that has lines for tenants.</summary>
    public InvocationNamespace? View { get; init; }

    /// <summary>The directory that holds <see cref="Name"/>.</summary>
    public NodeReference Parent => _directories[^1];

    public VirtualDirectory ParentDirectory => (VirtualDirectory)Parent.Node;

    /// <summary>
    /// The last component, or <see langword="null"/> if the path ended in <c>.</c> or <c>..</c>: then there is only <see cref="Node"/>, and
    /// <see cref="Parent"/> means nothing.
    /// </summary>
    public string? Name { get; private set; }

    /// <summary>What the last component refers to, if it was looked up and exists, or was created since. The walk releases it, unless it is taken.</summary>
    public NodeReference? Node { get; set; }

    /// <summary>What the last component is like, if that was asked for and the directory could tell without making a <see cref="Node"/>.</summary>
    public FileStatus? Status { get; private set; }

    /// <summary>Whether the path ended in a slash, so that it may only name a directory.</summary>
    public bool HasTrailingSlash { get; private set; }

    /// <summary>Whether the last component is a mount point, and exists for the guest.</summary>
    public bool IsMountPoint =>
        Name is not null && Parent.Node is NamespaceDirectory directory && directory.TryGetMountPoint(Name, out _) && Parent.Authority.Below(Name).Exists;

    /// <summary>What the guest may do with what has, or is to have, the name.</summary>
    public PathAuthority NameAuthority => AuthorityOf(Parent, Name!);

    /// <summary>What the guest may do in the directory that holds the name; everything if there is no name.</summary>
    public PathAuthority ParentAuthority => Name is null ? PathAuthority.Everything : Parent.Authority;

    /// <summary>Whether the name is another view of its directory.</summary>
    public bool IsControlName => ParentDirectory.IsControlName(Name!);

    /// <summary>As <see cref="ResolveAsync"/>, but if nothing is missing there is <see cref="Status"/> or <see cref="Node"/>.</summary>
    public ValueTask<Errno> ResolveStatusAsync(NodeReference start, string path, FinalComponent final, Suspension suspension) =>
        WalkAsync(start, path, final, suspension, statusSuffices: true);

    /// <summary>Walks. A missing last component is a success with <see cref="Node"/> being <see langword="null"/>.</summary>
    /// <returns>
    /// <see cref="Errno.NoEnt"/> or <see cref="Errno.NotDir"/> on the way; <see cref="Errno.Loop"/>; <see cref="Errno.NameTooLong"/>;
    /// <see cref="Errno.NotCapable"/> for an absolute path or one that leaves the start; <see cref="Suspension.Required"/>.
    /// </returns>
    public ValueTask<Errno> ResolveAsync(NodeReference start, string path, FinalComponent final, Suspension suspension) =>
        WalkAsync(start, path, final, suspension, statusSuffices: false);

    /// <summary>The guest is refused what it asked for, as <see cref="InvocationNamespace.Deny"/>.</summary>
    public Errno Deny(GuestAccess lacking, Suspension suspension) => View is null ? Errno.Access : View.Deny(lacking, suspension);

    /// <summary>Looks the name up, which the walk did not do. The caller releases what it finds.</summary>
    public ValueTask<(Errno Error, NodeReference Found)> LookupNameAsync(Suspension suspension) => LookupAsync(Name!, passesThrough: false, suspension);

    /// <summary>Hands the found node over to the caller, who releases it.</summary>
    public NodeReference TakeNode()
    {
        var node = Node!.Value;
        Node = null;
        return node;
    }

    /// <summary>Releases every node of the last walk. The first exception is rethrown after all were released.</summary>
    public void Reset()
    {
        (Name, Status, HasTrailingSlash) = (null, null, false);
        try
        {
            ReleaseNode();
        }
        finally
        {
            ReleaseDirectories();
        }
    }

    private static async ValueTask<FsResult<string>> ReadTargetAsync(VirtualSymlink link, Suspension suspension)
    {
        if (!suspension.Permits(link)) return Suspension.Required;
        var target = await GuestPath.ReadTargetAsync(link, suspension.CancellationToken).ConfigureAwait(false);
        return target is { Error: Errno.Success, Value.Length: 0 } ? Errno.NoEnt : target;
    }

    private async ValueTask<Errno> WalkAsync(NodeReference start, string path, FinalComponent final, Suspension suspension, bool statusSuffices)
    {
        Reset();
        _directories.Add(start.WithoutOwnership());
        if (path.Length == 0) return Errno.NoEnt;
        if (path[0] == '/') return Errno.NotCapable;

        var (symlinks, lookups) = (0, 0);
        var position = 0;
        while (true)
        {
            var name = NextComponent(path, ref position, out var isLast);
            if (name is "." or "..")
            {
                if (name == ".." && !PopDirectory()) return Errno.NotCapable;
                if (!isLast) continue;
                Node = TakeParent();
                return Errno.Success;
            }

            if (GuestPath.IsTooLong(name)) return Errno.NameTooLong;
            if (isLast && final == FinalComponent.Name)
            {
                Name = name;
                return Errno.Success;
            }

            if (++lookups % LookupsInARow == 0)
            {
                if (!suspension.IsAllowed) return Suspension.Required;
                await Pieces.PauseAsync(suspension.CancellationToken).ConfigureAwait(false);
            }

            if (isLast && statusSuffices && TryGetStatus(name, final, out var known))
            {
                Name = name;
                return known;
            }

            var (error, found) = await LookupAsync(name, passesThrough: !isLast && !IsDots(path.AsSpan(position)), suspension).ConfigureAwait(false);
            if (error == Errno.NoEnt && isLast) Name = name;
            if (error != Errno.Success) return error == Errno.NoEnt && isLast ? Errno.Success : error;

            // From here on it is released by Reset, whatever is thrown.
            Node = found;
            if (found.Node is VirtualSymlink link && (!isLast || HasTrailingSlash || final == FinalComponent.Follow))
            {
                var target = await ReadTargetAsync(link, suspension).ConfigureAwait(false);
                ReleaseNode();
                if (!target.TryGet(out var text)) return target.Error;
                if (++symlinks > MaxSymlinks) return Errno.Loop;
                if (text.StartsWith('/')) return Errno.NotCapable;
                path = text + path[position..];
                position = 0;
                continue;
            }

            if (isLast)
            {
                Name = name;
                return HasTrailingSlash && found.Node is not VirtualDirectory ? Errno.NotDir : Errno.Success;
            }

            _directories.Add(TakeNode());
            if (found.Node is not VirtualDirectory) return Errno.NotDir;
        }
    }

    private async ValueTask<(Errno Error, NodeReference Found)> LookupAsync(string name, bool passesThrough, Suspension suspension)
    {
        var parent = Parent;
        var inode = InodeNumber.Derive(parent.Inode, name);
        var overlay = parent.Node as NamespaceDirectory;
        if (overlay is not null && overlay.TryGetMountPoint(name, out var point))
        {
            var entered = parent.Authority.Below(name);
            if (!entered.Exists || entered.IsRefused) return (Refuse(entered, suspension), default);
            if (!suspension.IsAllowed && !overlay.CanEnterNow(point, entered)) return (Suspension.Required, default);
            return (Errno.Success, await overlay.EnterAsync(point, inode, entered, suspension.CancellationToken).ConfigureAwait(false));
        }

        // Only what is attached knows which of its names are control names.
        if (overlay is not null && parent.Authority.IsStepped && suspension.IsAllowed)
            await overlay.GetUnderlyingAsync(suspension.CancellationToken).ConfigureAwait(false);
        if (!suspension.Permits(parent.Node)) return (Suspension.Required, default);
        var authority = AuthorityOf(parent, name);
        if (!authority.Exists || authority.IsRefused) return (Refuse(authority, suspension), default);
        var node = (VirtualDirectory)parent.Node;
        if (authority.IsTenant != parent.Authority.IsTenant)
            return await PartCrossing.LookupAsync(View!, parent.Mount, authority, inode, passesThrough, suspension).ConfigureAwait(false);
        var lookup = passesThrough ? node.TraverseAsync(name, suspension.CancellationToken) : node.LookupAsync(name, suspension.CancellationToken);
        var result = await lookup.ConfigureAwait(false);
        return result.TryGet(out var found) ? Found(found, parent.Mount, inode, authority) : (result.Error, default);
    }

    private Errno Refuse(PathAuthority authority, Suspension suspension)
    {
        if (!authority.IsRefused) return Errno.NoEnt;
        if (View is not null) View.LacksTenant = true;
        return Deny(GuestAccess.None, suspension);
    }

    // What a policy says of a name. A name by which a directory shows itself in another way is judged as the directory, unless a line takes just that name.
    private static PathAuthority AuthorityOf(NodeReference parent, string name)
    {
        var authority = parent.Authority;
        if (!authority.IsStepped) return authority;
        var below = authority.Below(name);
        return (below.Exists || !authority.Names(name)) && ((VirtualDirectory)parent.Node).IsControlName(name) ? authority : below;
    }

    // What only leads to what is granted is a directory.
    private static (Errno Error, NodeReference Found) Found(VirtualNode node, Mount mount, ulong inode, PathAuthority authority)
    {
        if (!authority.IsWay || node is VirtualDirectory) return (Errno.Success, new NodeReference(node, mount, inode, isOwned: true, authority: authority));
        node.Release();
        return (Errno.NoEnt, default);
    }

    // A symbolic link that is to be followed has to be a node.
    private bool TryGetStatus(string name, FinalComponent final, out Errno error)
    {
        error = Errno.Success;
        var parent = Parent;
        var authority = AuthorityOf(parent, name);
        if (authority.IsWay || authority.IsRefused || authority.IsTenant != parent.Authority.IsTenant) return false;
        if (!authority.Exists) return true;
        if (!((VirtualDirectory)parent.Node).TryGetStatus(name, out var result)) return false;
        error = result.Error;
        if (error != Errno.Success) return true;
        var (type, attributes) = result.Value;
        if (type == FileType.SymbolicLink && (HasTrailingSlash || final == FinalComponent.Follow)) return false;
        if (HasTrailingSlash && type != FileType.Directory) error = Errno.NotDir;
        var inode = attributes.Inode != 0 ? attributes.Inode : InodeNumber.Derive(parent.Inode, name);
        Status = new FileStatus(attributes, type, parent.Mount.Device, inode);
        return true;
    }

    private bool PopDirectory()
    {
        if (_directories.Count == 1) return false;
        TakeParent().Release();
        return true;
    }

    private void ReleaseNode()
    {
        if (Node is not null) TakeNode().Release();
    }

    private void ReleaseDirectories()
    {
        try
        {
            while (_directories.Count > 0) TakeParent().Release();
        }
        finally
        {
            if (_directories.Count > 0) ReleaseDirectories();
        }
    }

    // Taken out before it is released or handed over, so that nothing is released twice.
    private NodeReference TakeParent()
    {
        var parent = Parent;
        _directories.RemoveAt(_directories.Count - 1);
        return parent;
    }

    // Whether what follows a component is "." or "..": then the component itself has to exist, for nothing below it will be looked up.
    private static bool IsDots(ReadOnlySpan<char> rest)
    {
        rest = rest.TrimStart('/');
        var slash = rest.IndexOf('/');
        var next = slash < 0 ? rest : rest[..slash];
        return next is "." or "..";
    }

    private string NextComponent(string path, ref int position, out bool isLast)
    {
        while (position < path.Length && path[position] == '/') position++;
        if (position == path.Length)
        {
            // Only slashes were left, which happens behind a symbolic link's target.
            isLast = true;
            return ".";
        }

        var start = position;
        var slash = path.IndexOf('/', position);
        position = slash < 0 ? path.Length : slash;
        var rest = path.AsSpan(position);
        isLast = rest.TrimStart('/').IsEmpty;
        if (isLast) HasTrailingSlash = !rest.IsEmpty;
        return start == 0 && position == path.Length ? path : texts.Get(path.AsSpan(start..position));
    }
}
