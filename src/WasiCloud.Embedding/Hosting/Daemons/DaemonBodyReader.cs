using System.IO.Pipelines;

namespace WasiCloud.Embedding.Hosting.Daemons;

/// <summary>The body of a daemon's response, which breaks off when the request has taken too long.</summary>
/// <param name="reader">The pipe's reader.</param>
/// <param name="call">The request.</param>
internal sealed class DaemonBodyReader(PipeReader reader, DaemonCall call) : PipeReader
{
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        call.ThrowIfExpired();
        var result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return result.IsCanceled ? Interrupted(result) : result;
    }

    public override bool TryRead(out ReadResult result)
    {
        call.ThrowIfExpired();
        if (!reader.TryRead(out result)) return false;
        if (result.IsCanceled) result = Interrupted(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => reader.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => reader.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => reader.CancelPendingRead();

    public override void Complete(Exception? exception = null) => reader.Complete(exception);

    private ReadResult Interrupted(ReadResult result)
    {
        if (!call.IsExpired) return result;
        reader.AdvanceTo(result.Buffer.Start);
        call.ThrowIfExpired();
        return result;
    }
}
