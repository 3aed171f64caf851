using System.Buffers;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Files;

/// <summary>Writes <c>/response/json</c>, which is held, parsed and sent at close.</summary>
internal sealed class ResponseJsonHandle(ResponseMessage response) : PipeWriterHandle(response.Sink)
{
    private const string File = "json";

    private readonly ArrayBufferWriter<byte> _document = new();

    // The body as base64, and the rest of the document.
    private readonly long _maxBytes = ((response.Limits.MaxJsonBodyBytes + 2L) / 3 * 4) + response.Limits.MaxResponseHeadBytes;

    // The body is not longer than the document, so one write takes it.
    internal override bool ClosesSynchronously => _document.WrittenCount <= response.Sink.SureWrite && response.Sink.TryReady(out _);

    public override async ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        if (reason != CloseReason.Closed) return Errno.Success;
        if (response.Failure is not null) return Errno.IO;
        if (response.Sink.IsBroken) return Errno.Pipe;
        var head = new ResponseHeadBuilder { MaxBytes = response.Limits.MaxResponseHeadBytes };
        if (ResponseJson.Parse(_document.WrittenMemory, head, out var body) is { } problem) return response.Refuse(File, problem);
        if (body.Length > response.Limits.MaxJsonBodyBytes) return response.RefuseSize(response.Limits.MaxJsonBodyBytes);
        if (body.Length > response.Limits.MaxResponseBytes) return response.RefuseSize(response.Limits.MaxResponseBytes);
        var error = response.Fix(head, File, _document.WrittenCount, body.Length);
        if (error != Errno.Success) return error;
        error = await SendAsync(body, cancellationToken).ConfigureAwait(false);
        return error == Errno.Success ? response.End(File, _document.WrittenCount) : error;
    }

    protected override Errno Accept(ReadOnlySpan<byte> bytes)
    {
        if (_document.WrittenCount + (long)bytes.Length > _maxBytes) return response.RefuseSize(response.Limits.MaxJsonBodyBytes);
        _document.Write(bytes);
        return Errno.Success;
    }

    private async ValueTask<Errno> SendAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        while (!body.IsEmpty)
        {
            var error = await response.Sink.ReadyAsync(cancellationToken).ConfigureAwait(false);
            var count = Math.Min(body.Length, Math.Max(response.Sink.MaxWrite, response.Sink.SureWrite));
            if (error == Errno.Success) error = response.Write(body.Span[..count], File, 0);
            if (error == Errno.Success) error = response.Sink.Flush();
            if (error != Errno.Success) return error;
            body = body[count..];
        }

        return Errno.Success;
    }
}
