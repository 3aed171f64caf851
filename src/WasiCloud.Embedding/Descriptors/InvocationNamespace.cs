using System.Runtime.ExceptionServices;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>One invocation's view of the mount table: which mounts it has attached, each at first use, and what of them exists for the guest.</summary>
internal sealed class InvocationNamespace
{
    private readonly MountTable _table;
    private readonly VirtualDirectory?[] _attached;

    public InvocationNamespace(MountTable table, InvocationContext? context)
    {
        _table = table;
        _attached = new VirtualDirectory?[table.RootCount];
        Context = context;
        Root = RootUnder(PathAuthority.Everything);
    }

    /// <summary>Whose view it is. May change when everything is released.</summary>
    public InvocationContext? Context { get; set; }

    /// <summary>Whether the guest was denied what belongs to tenants, because it has none.</summary>
    public bool LacksTenant { get; set; }

    /// <summary>The guest's root directory. Until something asks, nothing is attached.</summary>
    public NodeReference Root { get; private set; }

    /// <summary>
    /// Told what a guest lacked of what it asked for, of what exists for it. Never on the guest's stack.
    /// </summary>
    public Action<GuestAccess>? Denied { get; init; }

    /// <summary>A guest is refused what its policy does not allow.</summary>
    /// <param name="lacking">What it lacks.</param>
    /// <param name="suspension">Whether somebody can be told now.</param>
    /// <returns><see cref="Errno.Access"/>, or <see cref="Suspension.Required"/> to come again where somebody can be told.</returns>
    public Errno Deny(GuestAccess lacking, Suspension suspension)
    {
        if (Denied is null) return Errno.Access;
        if (!suspension.IsAllowed) return Suspension.Required;
        Denied(lacking);
        return Errno.Access;
    }

    /// <summary>From now on, so much exists for the guest.</summary>
    public void Bind(PathAuthority authority)
    {
        if (!ReferenceEquals(Root.Authority, authority)) Root = RootUnder(authority);
    }

    /// <summary>Whether <see cref="AttachAsync"/> would run no foreign code and not wait. That of a part may make it first.</summary>
    public bool CanAttachNow(Mount mount, bool isPart) =>
        mount.Source is null || GetAttached(mount, isPart) is not null || (!isPart && mount.Source is ISynchronousMount);

    /// <summary>The root directory of what is mounted at a place, if it is attached already.</summary>
    public VirtualDirectory? GetAttached(Mount mount, bool isPart) => _attached[isPart ? mount.PartIndex : mount.Index];

    /// <summary>Gets the root directory of what is mounted at a place.</summary>
    /// <param name="mount">The place.</param>
    /// <param name="isPart">Whether of the tenant's part.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    public ValueTask<VirtualDirectory> AttachAsync(Mount mount, bool isPart, CancellationToken cancellationToken) =>
        GetAttached(mount, isPart) is { } attached ? new(attached) : AttachNewAsync(mount, isPart, cancellationToken);

    /// <summary>Gets the directory that the guest sees at a mount point.</summary>
    public async ValueTask<NodeReference> EnterAsync(Mount mount, ulong inode, PathAuthority authority, CancellationToken cancellationToken)
    {
        if (mount.Source is null || mount.Children.Count > 0) return Reference(mount, inode, authority);
        var root = await AttachAsync(mount, authority.IsTenant, cancellationToken).ConfigureAwait(false);
        return new NodeReference(root, mount, inode, isOwned: false, isMountPoint: true, authority);
    }

    /// <summary>Releases every attached root. The first exception is rethrown after all were released.</summary>
    public void Release()
    {
        LacksTenant = false;
        ExceptionDispatchInfo? failure = null;
        foreach (ref var root in _attached.AsSpan())
        {
            try
            {
                root?.Release();
            }
            catch (Exception exception)
            {
                failure ??= ExceptionDispatchInfo.Capture(exception);
            }

            root = null;
        }

        failure?.Throw();
    }

    private async ValueTask<VirtualDirectory> AttachNewAsync(Mount mount, bool isPart, CancellationToken cancellationToken)
    {
        var root = isPart
            ? await ((IPartitionedMount)mount.Source!).AttachPartAsync(Context!, cancellationToken).ConfigureAwait(false)
            : await mount.Source!.AttachAsync(Context!, cancellationToken).ConfigureAwait(false);
        return _attached[isPart ? mount.PartIndex : mount.Index] = root ?? throw new InvalidOperationException($"{mount.Source.GetType()} gave no directory.");
    }

    private NodeReference RootUnder(PathAuthority authority) => Reference(_table.Root, InodeNumber.Root, authority);

    private NodeReference Reference(Mount mount, ulong inode, PathAuthority authority) =>
        new(new NamespaceDirectory(this, mount, authority.IsTenant), mount, inode, isOwned: false, isMountPoint: true, authority);
}
