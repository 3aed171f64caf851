using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Linux;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>
/// A regular file, or something that only its attributes are shown of: a device that is no <see cref="HostDevice"/>, a FIFO or a socket of the host.
/// </summary>
internal sealed class HostFile(HostInode inode, FileType type) : VirtualFile, IHostNode
{
    public HostInode Inode => inode;

    public override FileType Type => type;

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(inode.GetAttributes());

    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(inode.SetAttributes(changes));

    internal override bool OpensSynchronously(FileOpenOptions options) => !options.Truncate || !IsLarge();

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        if (type != FileType.RegularFile) return new(Errno.Access);
        if (inode.Tree.IsReadOnly && (options.Truncate || options.Access.HasFlag(FileAccess.Write))) return new(Errno.RoFs);
        var flags = LinuxOpenFlags.CloseOnExec | LinuxOpenFlags.NonBlocking | LinuxOpenFlags.NoControllingTerminal | options.Access switch
        {
            FileAccess.ReadWrite => LinuxOpenFlags.ReadWrite,
            FileAccess.Write => LinuxOpenFlags.WriteOnly,
            _ => LinuxOpenFlags.ReadOnly,
        };

        // Without a token nobody can end the guest that waits.
        return options.Truncate && cancellationToken.CanBeCanceled && IsLarge()
            ? OpenLargeAsync(flags, cancellationToken)
            : new(Open(options.Truncate ? flags | LinuxOpenFlags.Truncate : flags, options.Truncate));
    }

    public override void Release() => inode.Release();

    private FsResult<FileHandle> Open(int flags, bool isEmptied)
    {
        if (inode.Tree.Quota is { } quota) return OpenCounted(quota, flags, isEmptied);
        var descriptor = inode.Tree.Descriptors.Reopen(inode.Descriptor, flags);
        return descriptor is null ? LinuxErrno.Last() : new HostFileHandle(inode.Tree, descriptor);
    }

    private FsResult<FileHandle> OpenCounted(HostQuota quota, int flags, bool isEmptied)
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

        if (isEmptied) quota.EndChange(file!, descriptor, taken: 0);
        return new LimitedHostFileHandle(inode.Tree, descriptor, quota, file!);
    }

    // As with O_TRUNC, which frees the content before there is a descriptor to wait with.
    private async ValueTask<FsResult<FileHandle>> OpenLargeAsync(int flags, CancellationToken cancellationToken)
    {
        var opened = await inode.Tree.SlowCalls.RunAsync(inode.Descriptor, Empty, cancellationToken).ConfigureAwait(false);
        return opened == Errno.Success ? Open(flags, isEmptied: true) : opened;
    }

    private Errno Empty(HostDescriptor descriptor)
    {
        const int flags = LinuxOpenFlags.CloseOnExec | LinuxOpenFlags.NonBlocking | LinuxOpenFlags.NoControllingTerminal |
            LinuxOpenFlags.WriteOnly | LinuxOpenFlags.Truncate;
        ChargedFile? file = null;
        var quota = inode.Tree.Quota;
        var error = quota?.Open(descriptor, out file) ?? Errno.Success;
        if (error != Errno.Success) return error;

        // Counted as open, so that what goes is given back.
        using var emptied = inode.Tree.Descriptors.Reopen(descriptor, flags);
        if (emptied is null) error = LinuxErrno.Last();
        else quota?.EndChange(file!, emptied, taken: 0);
        quota?.Close(file!);
        return error;
    }

    private bool IsLarge() => type == FileType.RegularFile && Libc.TryGetStatus(inode.Descriptor, out var status) == Errno.Success && status.IsLarge;
}
