using System.Runtime.InteropServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>What <c>stat</c> tells: a node's attributes and what the host adds.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileStatus(NodeAttributes Attributes, FileType Type, ulong Device, ulong Inode)
{
    public static FileStatus Of(NodeReference reference, NodeAttributes attributes) =>
        new(attributes, reference.Node.Type.OrUnknown(), reference.Mount.Device, InodeOf(reference, attributes));

    public static async ValueTask<FsResult<FileStatus>> GetAsync(NodeReference reference, Suspension suspension)
    {
        if (reference.Authority.IsWay) return Of(reference, new NodeAttributes());
        if (!suspension.Permits(reference.Node)) return Suspension.Required;
        var attributes = await reference.Node.GetAttributesAsync(suspension.CancellationToken).ConfigureAwait(false);
        return attributes.Error == Errno.Success ? Of(reference, attributes.Value) : attributes.Error;
    }

    private static ulong InodeOf(NodeReference reference, NodeAttributes attributes) =>
        attributes.Inode == 0 || reference.IsMountPoint ? reference.Inode : attributes.Inode;
}
