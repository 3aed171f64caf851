using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>A node together with what the node itself does not know: its mount, and an inode number if it has none of its own.</summary>
/// <param name="node">The node.</param>
/// <param name="mount">The mount it belongs to: decides <c>st_dev</c>, <c>EXDEV</c> and <c>EROFS</c>.</param>
/// <param name="inode">A number derived from the path by which it was found.</param>
/// <param name="isOwned">Whether <see cref="Release"/> gives it back to its mount; mount roots belong to the invocation.</param>
/// <param name="isMountPoint">Whether it is what a mount point shows.</param>
/// <param name="authority">What the guest may do with it; by default everything.</param>
internal readonly struct NodeReference(
    VirtualNode node, Mount mount, ulong inode, bool isOwned, bool isMountPoint = false, PathAuthority? authority = null)
{
    public VirtualNode Node { get; } = node;

    public Mount Mount { get; } = mount;

    public ulong Inode { get; } = inode;

    public bool IsOwned { get; } = isOwned;

    /// <summary>
    /// Then <see cref="Inode"/> is shown even if the node has a number of its own: the directory above lists it without having attached the mount.
    /// </summary>
    public bool IsMountPoint { get; } = isMountPoint;

    /// <summary>What the guest may do with it, and below it.</summary>
    public PathAuthority Authority { get; } = authority ?? PathAuthority.Everything;

    public void Release()
    {
        if (IsOwned) Node.Release();
    }

    public NodeReference WithoutOwnership() => new(Node, Mount, Inode, isOwned: false, IsMountPoint, Authority);
}
