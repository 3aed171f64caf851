using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Queue;

/// <summary><c>/beta/http/requests</c>: the names of requests as they come, a line each, until no more will come.</summary>
internal sealed class HttpRequestsFile(HttpFilePort port, ulong modified) : VirtualFile
{
    internal override bool IsSynchronous => true;

    public override bool ChangesWhenOpened => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => NodeTime.Attributes(modified);

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) =>
        options.Access == FileAccess.Read ? (FsResult<FileHandle>)new HttpRequestsHandle(port) : (FsResult<FileHandle>)Errno.Access;
}
