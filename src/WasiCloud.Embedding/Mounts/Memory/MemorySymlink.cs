using System.Text;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>A symbolic link, whose text counts as bytes.</summary>
internal sealed class MemorySymlink : VirtualSymlink, IMemoryNode
{
    private readonly MemoryTree _tree;
    private readonly string _target;
    private readonly int _size;

    /// <summary>Makes one; the node and the bytes were taken from the quota before.</summary>
    public MemorySymlink(MemoryTree tree, string target)
    {
        (_tree, _target, _size) = (tree, target, Encoding.UTF8.GetByteCount(target));
        Inode = new MemoryInode(tree, this);
    }

    public MemoryInode Inode { get; }

    /// <summary>What a target takes in bytes of this process.</summary>
    public static long SizeOf(string target) => (long)target.Length * sizeof(char);

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(Inode.GetAttributes(_size));

    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(Inode.SetAttributes(changes));

    public override ValueTask<FsResult<string>> ReadTargetAsync(CancellationToken cancellationToken)
    {
        Inode.MarkAccessed();
        return new(_target);
    }

    public override void Release() => Inode.RemoveReference();

    public void Free()
    {
        _tree.Quota.GiveNode(SizeOf(_target));
    }
}
