using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Files;

/// <summary><c>/request/txt</c>: the request as HTTP/1.1 writes it, in chunks if the length of its body is not known.</summary>
internal sealed class RequestTextFile(InvocationExchange exchange, ulong modified) : VirtualFile
{
    private byte[]? _head;

    // All handles show the same bytes.
    private byte[]? _document;

    internal override bool IsSynchronous => true;

    private byte[] Head => _head ??= RequestText.WriteHead(exchange.Request, Body.IsChunked ? RequestText.Chunked : string.Empty);

    private RequestBody Body => exchange.RequestBody;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        NodeTime.Attributes(modified, Body.Content is { } content ? Document(content).Length : Head.Length + Body.Length);

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        if ((options.Access & FileAccess.Write) != 0 || options.Truncate) return (FsResult<FileHandle>)Errno.RoFs;
        if (Body.Content is { } content) return (FsResult<FileHandle>)new BytesHandle(Document(content));
        if (!Body.Claim().TryGet(out var window)) return (FsResult<FileHandle>)Errno.Busy;
        return (FsResult<FileHandle>)(Body.IsChunked ? new RequestTextHandle(new HttpRequestBytes(Head, window)) : new PipeReaderHandle(window, Head));
    }

    // With the body, which is known as a whole.
    private byte[] Document(ReadOnlyMemory<byte> content)
    {
        if (_document is not null) return _document;
        if (!Body.IsChunked) return _document = content.IsEmpty ? Head : [.. Head, .. content.Span];
        var line = new byte[RequestText.MaxChunkLineBytes];
        var length = content.IsEmpty ? 0 : RequestText.WriteChunkLine(line, content.Length);
        return _document = [.. Head, .. line.AsSpan(0, length), .. content.Span, .. "\r\n"u8[..(content.IsEmpty ? 0 : 2)], .. RequestText.LastChunk];
    }
}
