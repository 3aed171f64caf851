using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>POSIX <c>rename</c>. Called under the tree's lock.</summary>
internal static class MemoryRename
{
    public static Errno Rename(MemoryDirectory from, string name, MemoryDirectory to, string newName, ulong now)
    {
        if (from.IsRemoved || to.IsRemoved || !from.Names.TryGet(name, out var node)) return Errno.NoEnt;
        if (node is MemoryDirectory moved && IsWithin(to, moved)) return Errno.Inval;

        if (to.Names.TryGet(newName, out var replaced))
        {
            // Two names of one file: POSIX does nothing, and both stay.
            if (ReferenceEquals(replaced, node)) return Errno.Success;
            var error = CheckReplacement(node, replaced);
            if (error != Errno.Success) return error;
            from.Names.Remove(name);
            from.Tree.Quota.GiveBytes(MemoryQuota.SizeOf(name));
            to.Names.Replace(newName, node);
            MemoryLinks.Removed(to, replaced, now);
        }
        else if (!TryTakeLonger(from.Tree.Quota, name, newName))
        {
            return Errno.NoSpc;
        }
        else if (ReferenceEquals(from, to))
        {
            from.Names.Rename(name, newName);
        }
        else
        {
            from.Names.Remove(name);
            to.Names.Add(newName, node);
        }

        if (node is MemoryDirectory directory && !ReferenceEquals(from, to))
        {
            directory.Parent = to;
            from.Inode.LinkCount--;
            to.Inode.LinkCount++;
        }

        from.Inode.Modify(now);
        to.Inode.Modify(now);
        ((IMemoryNode)node).Inode.Change(now);
        return Errno.Success;
    }

    private static bool TryTakeLonger(MemoryQuota quota, string name, string newName)
    {
        var more = MemoryQuota.SizeOf(newName) - MemoryQuota.SizeOf(name);
        if (more > 0) return quota.TryTakeBytes(more);
        quota.GiveBytes(-more);
        return true;
    }

    private static Errno CheckReplacement(VirtualNode node, VirtualNode replaced)
    {
        if (replaced is not MemoryDirectory directory) return node is MemoryDirectory ? Errno.NotDir : Errno.Success;
        if (node is not MemoryDirectory) return Errno.IsDir;
        return directory.Names.Count > 0 ? Errno.NotEmpty : Errno.Success;
    }

    private static bool IsWithin(MemoryDirectory directory, MemoryDirectory ancestor)
    {
        for (var current = directory; current is not null; current = current.Parent)
        {
            if (ReferenceEquals(current, ancestor)) return true;
        }

        return false;
    }
}
