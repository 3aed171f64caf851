using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>Keeps link counts, references and status-change times in step with names. Called under the tree's lock.</summary>
internal static class MemoryLinks
{
    public static void Added(MemoryDirectory parent, VirtualNode node, ulong now)
    {
        var inode = ((IMemoryNode)node).Inode;
        inode.AddReference();
        inode.Change(now);

        // A directory is born with its two links, its name and its ".", and its ".." is a link to the parent.
        if (node is MemoryDirectory) parent.Inode.LinkCount++;
        else inode.LinkCount++;
    }

    public static void Removed(MemoryDirectory parent, VirtualNode node, ulong now)
    {
        var inode = ((IMemoryNode)node).Inode;
        inode.Change(now);
        if (node is MemoryDirectory)
        {
            inode.LinkCount = 0;
            parent.Inode.LinkCount--;
        }
        else
        {
            // The last name's share of the quota is the node's own and goes back when the node does.
            inode.LinkCount--;
            if (inode.LinkCount > 0) parent.Tree.Quota.GiveLink();
        }

        inode.RemoveReference();
    }
}
