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

    /// <summary>Reads what a link says.</summary>
    /// <param name="link">The link, which was opened without following it.</param>
    /// <param name="target">What it says, as guests are shown it.</param>
    public static unsafe Errno TryRead(HostDescriptor link, out string target)
    {
        target = string.Empty;
        var buffer = stackalloc byte[MaxTargetBytes];
        fixed (byte* empty = "\0"u8)
        {
            var length = Libc.ReadLinkAt(link, empty, buffer, MaxTargetBytes);
            if (length < 0) return LinuxErrno.Last();
            target = HostName.ToText(new ReadOnlySpan<byte>(buffer, (int)length));
            return Errno.Success;
        }
    }

    private FsResult<string> ReadTarget() => TryRead(inode.Descriptor, out var target) is var error && error == Errno.Success ? target : error;
}
