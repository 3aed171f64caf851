using WasiCloud.Embedding.Connections;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Connections.Files;

/// <summary><c>/connection/stream</c>. Each direction is opened once: closing the descriptor that writes ends that direction, as with a socket.</summary>
internal sealed class StreamFile(StreamPort port, ulong modified) : VirtualFile
{
    private FileAccess _claimed;

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => NodeTime.Attributes(modified);

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        if ((_claimed & options.Access) != 0) return (FsResult<FileHandle>)Errno.Busy;
        _claimed |= options.Access;
        return (FsResult<FileHandle>)new StreamHandle(port, options.Access);
    }
}
