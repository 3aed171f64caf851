using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>A symbolic link. What it says is the guest's to resolve; the kernel never does.</summary>
internal sealed class HostSymlink(HostInode inode) : VirtualSymlink, IHostNode
{
    // PATH_MAX; longer targets cannot be stored.
    private const int MaxTargetBytes = 4096;

    public HostInode Inode => inode;

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(inode.GetAttributes());

    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(inode.SetAttributes(changes));

    public override ValueTask<FsResult<string>> ReadTargetAsync(CancellationToken cancellationToken) => new(ReadTarget());

    public override void Release() => inode.Release();

    private unsafe FsResult<string> ReadTarget()
    {
        var buffer = stackalloc byte[MaxTargetBytes];
        fixed (byte* empty = "\0"u8)
        {
            var length = Libc.ReadLinkAt(inode.Descriptor, empty, buffer, MaxTargetBytes);
            if (length < 0) return LinuxErrno.Last();
            var target = new ReadOnlySpan<byte>(buffer, (int)length);
            return HostName.ToText(target);
        }
    }
}
