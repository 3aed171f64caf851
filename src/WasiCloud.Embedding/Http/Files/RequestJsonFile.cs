using System.Buffers;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Mounts.Nodes;
using WasiCloud.Embedding.Pipes;

namespace WasiCloud.Embedding.Http.Files;

/// <summary><c>/request/json</c>: opening it waits for the whole body. From then on its content is known.</summary>
internal sealed class RequestJsonFile(InvocationExchange exchange, ulong modified) : VirtualFile
{
    private const int InitialBytes = 1 << 10;

    private ReadOnlyMemory<byte>? _document;
    private bool _isTooLong;

    // Unless the application's reader has to be asked.
    internal override bool IsSynchronous => _document is not null || exchange.RequestBody.Content is not null;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        NodeTime.Attributes(modified, _document?.Length);

    public override async ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        if ((options.Access & FileAccess.Write) != 0 || options.Truncate) return Errno.RoFs;
        if (_document is null)
        {
            var error = await ReadBodyAsync(cancellationToken).ConfigureAwait(false);
            if (error != Errno.Success) return error;
        }

        return new BytesHandle(_document!.Value);
    }

    private async ValueTask<Errno> ReadBodyAsync(CancellationToken cancellationToken)
    {
        var limit = exchange.Response.Limits.MaxJsonBodyBytes;

        // Not claimed: the guest may still stream what is too long for this form.
        if (_isTooLong || exchange.RequestBody.Length > limit) return Errno.FBig;
        if (exchange.RequestBody.Content is { } content)
        {
            if (content.Length > limit) return Errno.FBig;
            _document = RequestJson.Write(exchange.Request, content.Span);
            return Errno.Success;
        }

        if (!exchange.RequestBody.Claim().TryGet(out var window)) return Errno.Busy;
        var error = await ReadToEndAsync(window, exchange.RequestBody.Length, limit, cancellationToken).ConfigureAwait(false);
        window.Release();
        _isTooLong = error == Errno.FBig;
        return error;
    }

    private async ValueTask<Errno> ReadToEndAsync(PipeWindow window, long? length, int limit, CancellationToken cancellationToken)
    {
        // A reader that throws keeps its buffer: the pool makes another.
        var body = ArrayPool<byte>.Shared.Rent((int)(length ?? Math.Min(InitialBytes, limit + 1L)));
        var written = 0;
        while (true)
        {
            // One byte beyond the limit tells that there are more. The window gives no more than the announced size, and then asks for no place.
            var end = (int)Math.Min(body.Length, limit + 1L);
            var count = await window.TakeAsync(body.AsMemory(written, end - written), cancellationToken).ConfigureAwait(false);
            if (count.Error != Errno.Success) return count.Error;
            if (count.Value == 0 && (length is not null || written < end)) break;
            written += count.Value;
            if (written > limit) return Errno.FBig;
            if (length is null && written == end) body = Grow(body, written);
        }

        _document = RequestJson.Write(exchange.Request, body.AsSpan(0, written));
        ArrayPool<byte>.Shared.Return(body);
        return Errno.Success;
    }

    private static byte[] Grow(byte[] body, int written)
    {
        var larger = ArrayPool<byte>.Shared.Rent(written * 2);
        body.AsSpan(0, written).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(body);
        return larger;
    }
}
