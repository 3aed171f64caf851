using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Devices;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>
/// A device of the host that does no harm, such as <c>/dev/null</c>: it has the attributes of the host's, but what is opened is this library's own. Its mode
/// is the
/// host's affair, since the host's device is not opened. <c>O_TRUNC</c> has no effect, as POSIX says.
/// </summary>
internal sealed class HostDevice(HostInode inode, DeviceKind kind) : VirtualFile, IHostNode
{
    public HostInode Inode => inode;

    /// <summary>Which.</summary>
    public DeviceKind Kind => kind;

    public override FileType Type => FileType.CharacterDevice;

    internal override bool IsSynchronous => true;

    public override bool KeepsWhatIsWritten => false;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(inode.GetAttributes());

    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(inode.SetAttributes(changes));

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) =>
        new(kind.Open(options.Access, inode.Tree.Random));

    public override void Release() => inode.Release();
}
