using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.FileSystem;

/// <summary>What <c>stat</c> tells of a node.</summary>
/// <param name="Size">Length in bytes; 0 for streams, whose length is not known.</param>
/// <param name="Inode">A number that is the node's own within its mount and stays for its life; 0 lets the host derive one from the path.</param>
/// <param name="LinkCount">How many names the node has; at least 1 unless it was unlinked.</param>
/// <param name="Accessed">Last access, in nanoseconds since 1970-01-01T00:00:00Z.</param>
/// <param name="Modified">Last change of the content, in nanoseconds since 1970-01-01T00:00:00Z.</param>
/// <param name="Changed">Last change of the attributes, in nanoseconds since 1970-01-01T00:00:00Z.</param>
/// <remarks>Times are those of WASI: what is before 1970 is 0, and what is after 2554 the last that there is, <see cref="ulong.MaxValue"/>.</remarks>
[StructLayout(LayoutKind.Auto)]
public readonly record struct NodeAttributes(
    ulong Size = 0,
    ulong Inode = 0,
    ulong LinkCount = 1,
    ulong Accessed = 0,
    ulong Modified = 0,
    ulong Changed = 0)
{
    /// <summary>Attributes of a node with one name, of which nothing else is known.</summary>
    public NodeAttributes()
        : this(LinkCount: 1)
    {
    }
}
