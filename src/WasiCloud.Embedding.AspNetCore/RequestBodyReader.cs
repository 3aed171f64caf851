using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>The server's reader of the request body, and a memory of how it failed: the guest sees only <c>ECONNRESET</c>, and the client is told the reason.</summary>
internal sealed class RequestBodyReader(PipeReader body) : PipeReader
{
    /// <summary>Why the body could not be read: <see cref="Microsoft.AspNetCore.Http.BadHttpRequestException"/> if the client is to blame, another one if it is gone.</summary>
    public IOException? Failure { get; private set; }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await body.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            Failure = exception;
            throw;
        }
    }

    public override bool TryRead(out ReadResult result) => body.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => body.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => body.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => body.CancelPendingRead();

    public override void Complete(Exception? exception = null) => body.Complete(exception);
}
