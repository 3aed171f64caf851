using WasiCloud.Embedding.Connections;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Connections.Files;

/// <summary><c>/connection/messages</c>, which sends text, and <c>/connection/binary</c>, which sends bytes. Both read whatever comes next.</summary>
internal sealed class MessageFile(MessagePort port, bool isText, ulong modified) : VirtualFile
{
    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => NodeTime.Attributes(modified);

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) =>
        (FsResult<FileHandle>)new MessageHandle(port, isText, options.Access, modified);
}
