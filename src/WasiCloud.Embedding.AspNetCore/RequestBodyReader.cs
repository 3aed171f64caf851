using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>
/// The server's reader of the request body, with a memory of how it failed (the guest sees only <c>ECONNRESET</c>, and the client is told the reason), whose
/// reads can be cancelled.
/// </summary>
/// <remarks>
/// A read that is cancelled by its token leaves Kestrel's reader of a body in the middle of reading for ever: neither it nor the server, which has to read the
/// rest before the next request of the connection, can read any more. So the token ends a read as <see cref="CancelPendingRead"/> does, which loses nothing.
/// </remarks>
internal sealed class RequestBodyReader(PipeReader body) : PipeReader
{
    private int _isCancelWanted;

    /// <summary>
    /// Why the body could not be read: <see cref="Microsoft.AspNetCore.Http.BadHttpRequestException"/> if the client is to blame, another one if it is gone.
    /// </summary>
    public IOException? Failure { get; private set; }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var reading = body.ReadAsync(CancellationToken.None);
                using var registration = reading.IsCompleted
                    ? default
                    : cancellationToken.UnsafeRegister(static body => ((PipeReader)body!).CancelPendingRead(), body);
                var read = await reading.ConfigureAwait(false);
                if (!read.IsCanceled || Interlocked.Exchange(ref _isCancelWanted, 0) != 0) return read;

                // By the token of this read, or late by that of an earlier one.
                body.AdvanceTo(read.Buffer.Start);
            }
        }
        catch (IOException exception)
        {
            Failure = exception;
            throw;
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        if (!body.TryRead(out result)) return false;
        if (!result.IsCanceled || Interlocked.Exchange(ref _isCancelWanted, 0) != 0) return true;
        body.AdvanceTo(result.Buffer.Start);
        return body.TryRead(out result);
    }

    public override void AdvanceTo(SequencePosition consumed) => body.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => body.AdvanceTo(consumed, examined);

    public override void CancelPendingRead()
    {
        Volatile.Write(ref _isCancelWanted, 1);
        body.CancelPendingRead();
    }

    public override void Complete(Exception? exception = null) => body.Complete(exception);
}
