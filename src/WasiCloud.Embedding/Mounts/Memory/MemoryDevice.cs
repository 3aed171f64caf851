using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Devices;

namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>A device, such as <c>/dev/null</c>, that was copied with a folder. Guests cannot make one.</summary>
internal sealed class MemoryDevice : VirtualFile, IMemoryNode
{
    private readonly MemoryTree _tree;
    private readonly DeviceKind _kind;

    /// <summary>Makes one; the node was taken from the quota before.</summary>
    public MemoryDevice(MemoryTree tree, DeviceKind kind)
    {
        (_tree, _kind) = (tree, kind);
        Inode = new MemoryInode(tree, this);
    }

    public MemoryInode Inode { get; }

    public override FileType Type => FileType.CharacterDevice;

    internal override bool IsSynchronous => true;

    public override bool KeepsWhatIsWritten => false;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(Inode.GetAttributes(size: 0));

    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(Inode.SetAttributes(changes));

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) =>
        new(_kind.Open(options.Access, _tree.Random));

    public override void Release() => Inode.RemoveReference();

    public void Free() => _tree.Quota.GiveNode();
}
