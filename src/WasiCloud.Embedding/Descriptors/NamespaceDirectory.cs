using System.Runtime.CompilerServices;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>A directory that has mount points in it, laid over what is mounted at the place itself, if anything.</summary>
/// <param name="view">The invocation's view.</param>
/// <param name="mount">The place.</param>
/// <param name="isPart">Whether over the tenant's part of what is mounted there.</param>
internal sealed class NamespaceDirectory(InvocationNamespace view, Mount mount, bool isPart) : VirtualDirectory
{
    internal override bool IsSynchronous => mount.Source is null || view.GetAttached(mount, isPart) is { IsSynchronous: true };

    internal override bool FlushesSynchronously => mount.Source is null || view.GetAttached(mount, isPart) is { FlushesSynchronously: true };

    internal override bool RemovesSynchronously(string name) => mount.Source is null || (view.GetAttached(mount, isPart)?.RemovesSynchronously(name) ?? false);

    /// <summary>As that of what it is laid over, which has to be attached for it.</summary>
    internal override bool IsControlName(string name) => mount.Source is not null && (view.GetAttached(mount, isPart)?.IsControlName(name) ?? false);

    /// <summary>Finds the mount point of a name, if it is one.</summary>
    public bool TryGetMountPoint(string name, out Mount point) => mount.Children.TryGetValue(name, out point!);

    /// <summary>Whether entering a mount point needs no waiting.</summary>
    public bool CanEnterNow(Mount point, PathAuthority authority) => view.CanAttachNow(point, authority.IsTenant);

    /// <summary>Gets the directory mounted at a mount point.</summary>
    public ValueTask<NodeReference> EnterAsync(Mount point, ulong inode, PathAuthority authority, CancellationToken cancellationToken) =>
        view.EnterAsync(point, inode, authority, cancellationToken);

    /// <summary>The directory below this one; <see langword="null"/> if the place exists only because of mounts.</summary>
    public async ValueTask<VirtualDirectory?> GetUnderlyingAsync(CancellationToken cancellationToken) =>
        mount.Source is null ? null : await view.AttachAsync(mount, isPart, cancellationToken).ConfigureAwait(false);

    public override async ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        await GetUnderlyingAsync(cancellationToken).ConfigureAwait(false) is { } underlying
            ? await underlying.GetAttributesAsync(cancellationToken).ConfigureAwait(false)
            : new NodeAttributes();

    public override async ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) =>
        await GetUnderlyingAsync(cancellationToken).ConfigureAwait(false) is { } underlying
            ? await underlying.SetAttributesAsync(changes, cancellationToken).ConfigureAwait(false)
            : Errno.RoFs;

    public override async ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) =>
        await GetUnderlyingAsync(cancellationToken).ConfigureAwait(false) is { } underlying
            ? await underlying.LookupAsync(name, cancellationToken).ConfigureAwait(false)
            : Errno.NoEnt;

    public override async ValueTask<FsResult<VirtualNode>> TraverseAsync(string name, CancellationToken cancellationToken) =>
        await GetUnderlyingAsync(cancellationToken).ConfigureAwait(false) is { } underlying
            ? await underlying.TraverseAsync(name, cancellationToken).ConfigureAwait(false)
            : Errno.NoEnt;

    public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var name in mount.Children.Keys) yield return new DirectoryEntry(name, FileType.Directory);
        if (await GetUnderlyingAsync(cancellationToken).ConfigureAwait(false) is not { } underlying) yield break;
        await foreach (var entry in underlying.EnumerateAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!mount.Children.ContainsKey(entry.Name)) yield return entry;
        }
    }

    public override async ValueTask<Errno> FlushAsync(CancellationToken cancellationToken) =>
        await GetUnderlyingAsync(cancellationToken).ConfigureAwait(false) is { } underlying
            ? await underlying.FlushAsync(cancellationToken).ConfigureAwait(false)
            : Errno.Success;

    internal override DirectoryCursor? OpenCursor()
    {
        if (mount.Source is null) return new NamespaceCursor(mount.Children, underlying: null);
        return view.GetAttached(mount, isPart)?.OpenCursor() is { } underlying ? new NamespaceCursor(mount.Children, underlying) : null;
    }

    public override async ValueTask<FsResult<VirtualFile>> CreateFileAsync(string name, bool exclusive, CancellationToken cancellationToken) =>
        await GetUnderlyingAsync(cancellationToken).ConfigureAwait(false) is { } underlying
            ? await underlying.CreateFileAsync(name, exclusive, cancellationToken).ConfigureAwait(false)
            : Errno.RoFs;

    public override async ValueTask<Errno> CreateDirectoryAsync(string name, CancellationToken cancellationToken) =>
        await GetUnderlyingAsync(cancellationToken).ConfigureAwait(false) is { } underlying
            ? await underlying.CreateDirectoryAsync(name, cancellationToken).ConfigureAwait(false)
            : Errno.RoFs;

    public override async ValueTask<Errno> CreateSymlinkAsync(string name, string target, CancellationToken cancellationToken) =>
        await GetUnderlyingAsync(cancellationToken).ConfigureAwait(false) is { } underlying
            ? await underlying.CreateSymlinkAsync(name, target, cancellationToken).ConfigureAwait(false)
            : Errno.RoFs;

    public override async ValueTask<Errno> LinkAsync(VirtualNode target, string name, CancellationToken cancellationToken) =>
        await GetUnderlyingAsync(cancellationToken).ConfigureAwait(false) is { } underlying
            ? await underlying.LinkAsync(target, name, cancellationToken).ConfigureAwait(false)
            : Errno.RoFs;

    public override async ValueTask<Errno> RemoveFileAsync(string name, CancellationToken cancellationToken) =>
        await GetUnderlyingAsync(cancellationToken).ConfigureAwait(false) is { } underlying
            ? await underlying.RemoveFileAsync(name, cancellationToken).ConfigureAwait(false)
            : Errno.NoEnt;

    public override async ValueTask<Errno> RemoveDirectoryAsync(string name, CancellationToken cancellationToken) =>
        await GetUnderlyingAsync(cancellationToken).ConfigureAwait(false) is { } underlying
            ? await underlying.RemoveDirectoryAsync(name, cancellationToken).ConfigureAwait(false)
            : Errno.NoEnt;

    public override async ValueTask<Errno> RenameAsync(string name, VirtualDirectory destination, string newName, CancellationToken cancellationToken) =>
        await GetUnderlyingAsync(cancellationToken).ConfigureAwait(false) is { } underlying
            ? await underlying.RenameAsync(name, destination, newName, cancellationToken).ConfigureAwait(false)
            : Errno.NoEnt;
}
