using System.IO.Pipelines;

namespace WasiCloud.Embedding.Tests.Mounts.Nodes;

/// <summary>An application's reader that tells when it is called, or fails as told.</summary>
internal sealed class GuardedReader(PipeReader inner) : PipeReader
{
    public int Calls { get; private set; }

    public Exception? Failure { get; set; }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        Calls++;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        Calls++;
        return Failure is null ? inner.ReadAsync(cancellationToken) : ValueTask.FromException<ReadResult>(Failure);
    }

    public override bool TryRead(out ReadResult result)
    {
        Calls++;
        return inner.TryRead(out result);
    }
}
