using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using WasiCloud.Embedding.Pipes;

namespace WasiCloud.Embedding.Http.Exchange;

/// <summary>Reads a response's pipe, and tells its guest's side when the reader waits for more and when it has left.</summary>
/// <param name="reader">The pipe's reader.</param>
/// <param name="buffer">Where the guest waits for room.</param>
/// <param name="left">Called when the reader is completed.</param>
/// <remarks>
/// <see cref="PipeReader.ReadAtLeastAsync"/> is left to the base class, which reads again and again: each time the guest learns that more is wanted.
/// </remarks>
internal sealed class ResponseReader(PipeReader reader, ResponseBuffer buffer, Action left) : PipeReader
{
    public override void AdvanceTo(SequencePosition consumed) => reader.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => reader.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => reader.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
        reader.Complete(exception);
        left();
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = reader.ReadAsync(cancellationToken);
        if (!read.IsCompleted) buffer.ReaderWaits();
        return read;
    }

    public override bool TryRead([NotNullWhen(true)] out ReadResult result)
    {
        if (reader.TryRead(out result)) return true;
        buffer.ReaderWaits();
        return false;
    }
}
