using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Devices;

/// <summary>One device. <c>O_TRUNC</c> has no effect on it, as POSIX says.</summary>
internal sealed class DeviceFile(string name, ulong inode, DeviceKind kind, IRandomSource random) : VirtualFile
{
    public string Name => name;

    public ulong Inode => inode;

    public override FileType Type => FileType.CharacterDevice;

    internal override bool IsSynchronous => true;

    public override bool KeepsWhatIsWritten => false;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(new NodeAttributes(Inode: inode));

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) =>
        new(kind.Open(options.Access, random));
}
