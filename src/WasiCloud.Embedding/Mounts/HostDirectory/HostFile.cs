using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>A regular file, or something that only its attributes are shown of: a device, FIFO or socket of the host.</summary>
internal sealed class HostFile(HostInode inode, FileType type) : VirtualFile, IHostNode
{
    public HostInode Inode => inode;

    public override FileType Type => type;

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(inode.GetAttributes());

    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(inode.SetAttributes(changes));

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        if (type != FileType.RegularFile) return new(Errno.Access);
        if (inode.Tree.IsReadOnly && (options.Truncate || options.Access.HasFlag(FileAccess.Write))) return new(Errno.RoFs);
        var flags = LinuxPlatform.CloseOnExec | LinuxPlatform.NonBlocking | LinuxPlatform.NoControllingTerminal | options.Access switch
        {
            FileAccess.ReadWrite => LinuxPlatform.ReadWrite,
            FileAccess.Write => LinuxPlatform.WriteOnly,
            _ => LinuxPlatform.ReadOnly,
        };
        if (options.Truncate) flags |= LinuxPlatform.Truncate;

        if (inode.Tree.Quota is { } quota) return new(OpenCounted(quota, flags, options.Truncate));
        var descriptor = inode.Tree.Descriptors.Reopen(inode.Descriptor, flags);
        return descriptor is null ? new(LinuxErrno.Last()) : new(new HostFileHandle(inode.Tree, descriptor));
    }

    public override void Release() => inode.Release();

    private FsResult<FileHandle> OpenCounted(HostQuota quota, int flags, bool truncates)
    {
        var error = quota.Open(inode.Descriptor, out var file);
        if (error != Errno.Success) return error;
        var descriptor = inode.Tree.Descriptors.Reopen(inode.Descriptor, flags);
        if (descriptor is null)
        {
            error = LinuxErrno.Last();
            quota.Close(file!);
            return error;
        }

        if (truncates) quota.EndChange(file!, descriptor, taken: 0);
        return new LimitedHostFileHandle(inode.Tree, descriptor, quota, file!);
    }
}
