using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Nodes;

/// <summary>The node of a descriptor that the guest is started with, such as standard output: a character device that is open already.</summary>
/// <param name="handle">What it reads or writes. It is handed out once.</param>
internal sealed class DescriptorFile(FileHandle handle) : VirtualFile
{
    private bool _isOpen;

    public override FileType Type => FileType.CharacterDevice;

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)new NodeAttributes();

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        if (_isOpen) return (FsResult<FileHandle>)Errno.Busy;
        _isOpen = true;
        return (FsResult<FileHandle>)handle;
    }
}
