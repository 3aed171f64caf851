using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Linux;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>What every kind of node has: a descriptor that is the node, not its name.</summary>
internal readonly struct HostInode(HostTree tree, HostDescriptor descriptor)
{
    public HostTree Tree => tree;

    public HostDescriptor Descriptor => descriptor;

    public FsResult<NodeAttributes> GetAttributes()
    {
        var error = Libc.TryGetStatus(descriptor, out var status);
        return error == Errno.Success ? status.ToAttributes(tree) : error;
    }

    public Errno SetAttributes(AttributeChanges changes) => tree.IsReadOnly
        ? Errno.RoFs
        : tree.Descriptors.SetTimes(descriptor, new TimeSpecification(changes.Accessed), new TimeSpecification(changes.Modified));

    /// <summary>Opens the directory itself once more: the node's descriptor can only be walked from.</summary>
    public HostDescriptor? ReopenDirectory() =>
        Libc.OpenAt(descriptor, ".", LinuxOpenFlags.ReadOnly | LinuxOpenFlags.Directory | LinuxOpenFlags.CloseOnExec);

    public void Release() => tree.Close(descriptor);
}
