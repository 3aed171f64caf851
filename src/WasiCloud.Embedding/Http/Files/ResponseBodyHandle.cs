using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Files;

/// <summary>Writes <c>/response/body</c>. The first byte fixes the head, or the close if there is none.</summary>
internal sealed class ResponseBodyHandle(ResponseMessage response, ResponsePieces pieces) : PipeWriterHandle(response.Sink)
{
    private const string File = "body";
    private const int DefaultStatus = 200;

    internal override bool ClosesSynchronously => true;

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        if (reason != CloseReason.Closed || response.Sink.IsBroken) return new(Errno.Success);
        var error = pieces.Fix(DefaultStatus, bodyLength: 0);
        return new(error == Errno.Success ? response.End(File, response.BodyBytes) : error);
    }

    protected override Errno Accept(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return Errno.Success;
        var error = pieces.Fix(DefaultStatus, bodyLength: null);
        return error == Errno.Success ? response.Write(bytes, File, response.BodyBytes) : error;
    }
}
