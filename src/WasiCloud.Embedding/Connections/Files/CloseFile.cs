using WasiCloud.Embedding.Connections;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Connections.Files;

/// <summary><c>/connection/close</c>: what is written there, a code and optionally a reason, closes the connection when the file is closed.</summary>
internal sealed class CloseFile(MessagePort port, ulong modified) : VirtualFile
{
    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => NodeTime.Attributes(modified);

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) =>
        (options.Access & FileAccess.Write) == 0 ? (FsResult<FileHandle>)Errno.Access : (FsResult<FileHandle>)new CloseHandle(port);
}
