using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Messages;
using WasiCloud.Embedding.Mounts.Streams;

namespace WasiCloud.Embedding.Mounts.RequestResponse;

/// <summary><c>/request/json</c>: opening it waits for the whole body. From then on its content is known.</summary>
internal sealed class RequestJsonFile(InvocationExchange exchange, long modified) : VirtualFile
{
    private const int InitialBytes = 1 << 10;

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
        var body = await ReadToEndAsync(window, exchange.RequestBody.Length, limit, cancellationToken).ConfigureAwait(false);
        window.Release();
        _isTooLong = body.Error == Errno.FBig;
        return body;
    }

    private static async ValueTask<FsResult<ReadOnlyMemory<byte>>> ReadToEndAsync(PipeWindow window, long? length, int limit, CancellationToken cancellationToken)
    {
        // Of exactly the announced size if there is one: the window gives no more, and then asks for no place.
        var body = GC.AllocateUninitializedArray<byte>((int)(length ?? Math.Min(InitialBytes, limit + 1L)));
        var written = 0;
        while (true)
        {
            var count = await window.TakeAsync(body.AsMemory(written), cancellationToken).ConfigureAwait(false);
            if (count.Error != Errno.Success) return count.Error;
            if (count.Value == 0 && (length is not null || written < body.Length)) return new ReadOnlyMemory<byte>(body, 0, written);
            written += count.Value;
            if (length is not null || written < body.Length) continue;
            if (body.Length > limit) return Errno.FBig;
            Array.Resize(ref body, (int)Math.Min(body.Length * 2L, limit + 1L));
        }
    }
}
