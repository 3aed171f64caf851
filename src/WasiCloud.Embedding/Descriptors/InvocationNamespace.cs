using System.Runtime.ExceptionServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>One invocation's view of the mount table: which mounts it has attached, each at first use.</summary>
internal sealed class InvocationNamespace
{
    private readonly VirtualDirectory?[] _attached;

    public InvocationNamespace(MountTable table, InvocationContext? context)
    {
        _attached = new VirtualDirectory?[table.MountCount];
        Context = context;
        Root = Reference(table.Root, inode: InodeNumber.Root);
    }

    /// <summary>Whose view it is. May change when everything is released.</summary>
    public InvocationContext? Context { get; set; }

    /// <summary>The guest's root directory. Until something asks, nothing is attached.</summary>
    public NodeReference Root { get; }

    /// <summary>Whether <see cref="AttachAsync"/> would run no foreign code and not wait.</summary>
    public bool CanAttachNow(Mount mount) =>
        mount.Source is null || _attached[mount.Index] is not null || mount.Source is ISynchronousMount;

    /// <summary>The root directory of what is mounted at a place, if it is attached already.</summary>
    public VirtualDirectory? GetAttached(Mount mount) => _attached[mount.Index];

    /// <summary>Gets the root directory of what is mounted at a place.</summary>
    public async ValueTask<VirtualDirectory> AttachAsync(Mount mount, CancellationToken cancellationToken) =>
        _attached[mount.Index] ??= await mount.Source!.AttachAsync(Context!, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidOperationException($"{mount.Source.GetType()} gave no directory.");

    /// <summary>Gets the directory that the guest sees at a mount point.</summary>
    public async ValueTask<NodeReference> EnterAsync(Mount mount, ulong inode, CancellationToken cancellationToken)
    {
        if (mount.Source is null || mount.Children.Count > 0) return Reference(mount, inode);
        return new NodeReference(await AttachAsync(mount, cancellationToken).ConfigureAwait(false), mount, inode, isOwned: false, isMountPoint: true);
    }

    /// <summary>Releases every attached root. The first exception is rethrown after all were released.</summary>
    public void Release()
    {
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

    private NodeReference Reference(Mount mount, ulong inode) => new(new NamespaceDirectory(this, mount), mount, inode, isOwned: false, isMountPoint: true);
}
