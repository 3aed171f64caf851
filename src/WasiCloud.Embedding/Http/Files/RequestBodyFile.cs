using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Files;

/// <summary><c>/request/body</c>: the body alone, as it arrives.</summary>
internal sealed class RequestBodyFile(RequestBody body, ulong modified) : VirtualFile
{
    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        NodeTime.Attributes(modified, body.Content?.Length ?? body.Length);

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        if ((options.Access & FileAccess.Write) != 0 || options.Truncate) return (FsResult<FileHandle>)Errno.RoFs;
        if (body.Content is { } content) return (FsResult<FileHandle>)new BytesHandle(content);
        return body.Claim().TryGet(out var window) ? (FsResult<FileHandle>)new PipeReaderHandle(window) : (FsResult<FileHandle>)Errno.Busy;
    }
}
