using System.Runtime.CompilerServices;
using System.Text;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Devices;

namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>A directory. Every member takes the tree's lock, so that each operation is one step for all invocations.</summary>
internal sealed class MemoryDirectory : VirtualDirectory, IMemoryNode
{
    // Linux' PATH_MAX without the terminator; a longer target could not be followed anyway.
    private const int MaxTargetBytes = 4095;

    private readonly MemoryTree _tree;

    public MemoryDirectory(MemoryTree tree, MemoryDirectory? parent)
    {
        (_tree, Parent) = (tree, parent);
        Inode = new MemoryInode(tree, this) { LinkCount = 2 };
    }

    public MemoryInode Inode { get; }

    /// <summary>Where it is; <see langword="null"/> for the root. Guarded by the tree's lock, like <see cref="Names"/>.</summary>
    public MemoryDirectory? Parent { get; set; }

    public DirectoryTable Names { get; } = new();

    /// <summary>Whether it was removed while somebody still had it: nothing can be found or made in it any more.</summary>
    public bool IsRemoved => Inode.LinkCount == 0;

    public MemoryTree Tree => _tree;

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(Inode.GetAttributes(size: 0));

    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(Inode.SetAttributes(changes));

    public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken)
    {
        lock (_tree.Gate)
        {
            if (IsRemoved || !Names.TryGet(name, out var node)) return new(Errno.NoEnt);
            ((IMemoryNode)node).Inode.AddReference();
            return new(node);
        }
    }

    public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        var (hint, position) = (0, 0UL);
        while (ReadEntry(position, ref hint, out var entry, out position) == Errno.Success) yield return entry;
    }

    public override ValueTask<FsResult<VirtualFile>> CreateFileAsync(string name, bool exclusive, CancellationToken cancellationToken)
    {
        lock (_tree.Gate)
        {
            var error = CheckFree(name);
            if (error != Errno.Success) return new(error);
            if (!_tree.Quota.TryTakeNode(name)) return new(Errno.NoSpc);
            var file = new MemoryFile(_tree);
            file.Inode.AddReference();
            AddName(name, file);
            return new(file);
        }
    }

    public override ValueTask<Errno> CreateDirectoryAsync(string name, CancellationToken cancellationToken)
    {
        lock (_tree.Gate)
        {
            var error = CheckFree(name);
            if (error != Errno.Success) return new(error);
            if (!_tree.Quota.TryTakeNode(name)) return new(Errno.NoSpc);
            AddName(name, new MemoryDirectory(_tree, this));
            return new(Errno.Success);
        }
    }

    public override ValueTask<Errno> CreateSymlinkAsync(string name, string target, CancellationToken cancellationToken)
    {
        var size = Encoding.UTF8.GetByteCount(target);
        if (size > MaxTargetBytes) return new(Errno.NameTooLong);
        lock (_tree.Gate)
        {
            var error = CheckFree(name);
            if (error != Errno.Success) return new(error);
            if (!_tree.Quota.TryTakeNode(name, MemorySymlink.SizeOf(target))) return new(Errno.NoSpc);
            AddName(name, new MemorySymlink(_tree, target));
            return new(Errno.Success);
        }
    }

    /// <summary>Makes a device, which no guest can.</summary>
    public Errno CreateDevice(string name, DeviceKind kind)
    {
        lock (_tree.Gate)
        {
            var error = CheckFree(name);
            if (error != Errno.Success) return error;
            if (!_tree.Quota.TryTakeNode(name)) return Errno.NoSpc;
            AddName(name, new MemoryDevice(_tree, kind));
            return Errno.Success;
        }
    }

    public override ValueTask<Errno> LinkAsync(VirtualNode target, string name, CancellationToken cancellationToken)
    {
        if (target is MemoryDirectory) return new(Errno.Perm);
        if (target is not IMemoryNode { Inode: var inode } || inode.Tree != _tree) return new(Errno.XDev);
        lock (_tree.Gate)
        {
            var error = CheckFree(name);
            if (error != Errno.Success) return new(error);
            if (inode.LinkCount == 0) return new(Errno.NoEnt);
            if (!_tree.Quota.TryTakeLink(name)) return new(Errno.NoSpc);
            AddName(name, target);
            return new(Errno.Success);
        }
    }

    public override ValueTask<Errno> RemoveFileAsync(string name, CancellationToken cancellationToken)
    {
        lock (_tree.Gate)
        {
            if (!Names.TryGet(name, out var node)) return new(Errno.NoEnt);
            if (node is MemoryDirectory) return new(Errno.IsDir);
            RemoveName(name, node);
            return new(Errno.Success);
        }
    }

    public override ValueTask<Errno> RemoveDirectoryAsync(string name, CancellationToken cancellationToken)
    {
        lock (_tree.Gate)
        {
            if (!Names.TryGet(name, out var node)) return new(Errno.NoEnt);
            if (node is not MemoryDirectory directory) return new(Errno.NotDir);
            if (directory.Names.Count > 0) return new(Errno.NotEmpty);
            RemoveName(name, node);
            return new(Errno.Success);
        }
    }

    public override ValueTask<Errno> RenameAsync(string name, VirtualDirectory destination, string newName, CancellationToken cancellationToken)
    {
        if (destination is not MemoryDirectory target || target._tree != _tree) return new(Errno.XDev);
        lock (_tree.Gate) return new(MemoryRename.Rename(this, name, target, newName, _tree.Now()));
    }

    public override void Release() => Inode.RemoveReference();

    public void Free() => _tree.Quota.GiveNode();

    /// <summary>Reads the entry behind a position; see <see cref="DirectoryCursor.Read"/>.</summary>
    public Errno ReadEntry(ulong cookie, ref int hint, out DirectoryEntry entry, out ulong next)
    {
        lock (_tree.Gate)
        {
            Inode.MarkAccessed();
            if (Names.FindAfter(cookie, ref hint) is not { Node: { } node } slot)
            {
                (entry, next) = (default, cookie);
                return Errno.NoEnt;
            }

            entry = new DirectoryEntry(slot.Name, node.Type, ((IMemoryNode)node).Inode.Number);
            next = slot.Sequence;
            return Errno.Success;
        }
    }

    internal override DirectoryCursor OpenCursor() => new MemoryDirectoryCursor(this);

    private Errno CheckFree(string name)
    {
        if (IsRemoved) return Errno.NoEnt;
        return Names.TryGet(name, out _) ? Errno.Exist : Errno.Success;
    }

    private void AddName(string name, VirtualNode node)
    {
        Names.Add(name, node);
        var now = _tree.Now();
        MemoryLinks.Added(this, node, now);
        Inode.Modify(now);
    }

    private void RemoveName(string name, VirtualNode node)
    {
        Names.Remove(name);
        _tree.Quota.GiveBytes(MemoryQuota.SizeOf(name));
        var now = _tree.Now();
        MemoryLinks.Removed(this, node, now);
        Inode.Modify(now);
    }
}
