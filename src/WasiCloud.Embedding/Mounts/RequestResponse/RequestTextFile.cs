using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Messages;
using WasiCloud.Embedding.Mounts.Streams;

namespace WasiCloud.Embedding.Mounts.RequestResponse;

/// <summary><c>/request/txt</c>: the request as HTTP/1.1 writes it. The end of the file ends the body.</summary>
internal sealed class RequestTextFile(InvocationExchange exchange, ulong modified) : VirtualFile
{
    private byte[]? _head;

    // All handles show the same bytes.
    private byte[]? _document;

    internal override bool IsSynchronous => true;

    // The body follows up to the end of the file, without chunks.
    private byte[] Head => _head ??= RequestText.WriteHead(exchange.Request);

    private RequestBody Body => exchange.RequestBody;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        NodeTime.Attributes(modified, Head.Length + (Body.Content?.Length ?? Body.Length));

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        if ((options.Access & FileAccess.Write) != 0 || options.Truncate) return (FsResult<FileHandle>)Errno.RoFs;
        if (Body.Content is { } content) return (FsResult<FileHandle>)new BytesHandle(content.IsEmpty ? Head : _document ??= [.. Head, .. content.Span]);
        return Body.Claim().TryGet(out var window) ? (FsResult<FileHandle>)new PipeReaderHandle(window, Head) : (FsResult<FileHandle>)Errno.Busy;
    }
}
