using WasiCloud.Embedding.Connections;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Connections.Files;

/// <summary><c>/connection/info</c>: what is known of the connection when it is opened.</summary>
internal sealed class InfoFile(ConnectionPort port, ulong modified) : VirtualFile
{
    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        NodeTime.Attributes(modified, port.Describe().Length);

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) =>
        options.Access == FileAccess.Read ? (FsResult<FileHandle>)new BytesHandle(port.Describe()) : (FsResult<FileHandle>)Errno.Access;
}
