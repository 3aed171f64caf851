using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.FileSystem;

/// <summary>What <c>stat</c> tells of a node.</summary>
/// <param name="Size">Length in bytes; 0 for streams, whose length is not known.</param>
/// <param name="Inode">A number that is the node's own within its mount and stays for its life; 0 lets the host derive one from the path.</param>
/// <param name="LinkCount">How many names the node has; at least 1 unless it was unlinked.</param>
/// <param name="Accessed">Last access, in nanoseconds since 1970-01-01T00:00:00Z.</param>
/// <param name="Modified">Last change of the content, in nanoseconds since 1970-01-01T00:00:00Z.</param>
/// <param name="Changed">Last change of the attributes, in nanoseconds since 1970-01-01T00:00:00Z.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct NodeAttributes(
    ulong Size = 0,
    ulong Inode = 0,
    ulong LinkCount = 1,
    long Accessed = 0,
    long Modified = 0,
    long Changed = 0)
{
    /// <summary>Attributes of a node with one name, of which nothing else is known.</summary>
    public NodeAttributes()
        : this(LinkCount: 1)
    {
    }
}
