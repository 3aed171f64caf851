using System.Buffers;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Messages;
using WasiCloud.Embedding.Mounts.Streams;

namespace WasiCloud.Embedding.Mounts.RequestResponse;

/// <summary><c>/request/json</c>: opening it waits for the whole body. From then on its content is known.</summary>
internal sealed class RequestJsonFile(InvocationExchange exchange, long modified) : VirtualFile
{
    private const int ChunkBytes = 16 << 10;

    private ReadOnlyMemory<byte>? _document;
    private bool _isTooLong;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        NodeTime.Attributes(modified, _document?.Length);

    public override async ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        if ((options.Access & FileAccess.Write) != 0 || options.Truncate) return Errno.RoFs;
        if (_document is null)
        {
            var body = await ReadBodyAsync(cancellationToken).ConfigureAwait(false);
            if (body.Error != Errno.Success) return body.Error;
            _document = RequestJson.Write(exchange.Request, body.Value.Span);
        }

        return new BytesHandle(_document.Value);
    }

    private async ValueTask<FsResult<ReadOnlyMemory<byte>>> ReadBodyAsync(CancellationToken cancellationToken)
    {
        var limit = exchange.Response.Limits.MaxJsonBodyBytes;

        // Not claimed: the guest may still stream what is too long for this form.
        if (_isTooLong || exchange.RequestBody.Length > limit) return Errno.FBig;
        if (exchange.RequestBody.Content is { } content) return content.Length > limit ? Errno.FBig : content;
        if (!exchange.RequestBody.Claim().TryGet(out var window)) return Errno.Busy;
        var body = new ArrayBufferWriter<byte>();
        var error = await ReadToEndAsync(window, body, limit, cancellationToken).ConfigureAwait(false);
        window.Release();
        _isTooLong = error == Errno.FBig;
        return error == Errno.Success ? body.WrittenMemory : error;
    }

    private static async ValueTask<Errno> ReadToEndAsync(PipeWindow window, ArrayBufferWriter<byte> body, int limit, CancellationToken cancellationToken)
    {
        while (true)
        {
            var count = await window.TakeAsync(body.GetMemory(ChunkBytes), cancellationToken).ConfigureAwait(false);
            if (count.Error != Errno.Success) return count.Error;
            if (count.Value == 0) return Errno.Success;
            body.Advance(count.Value);
            if (body.WrittenCount > limit) return Errno.FBig;
        }
    }
}
