using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;

namespace WasiCloud.Embedding;

/// <summary>
/// Bytes that are there already, as a request's body or standard input. Each guest that is given them gets all of them: a request can be used again.
/// </summary>
/// <param name="bytes">The bytes, which are not copied.</param>
internal sealed class BytesReader(ReadOnlyMemory<byte> bytes) : PipeReader
{
    private ReadOnlySequence<byte> _rest = new(bytes);

    /// <summary>What one guest reads.</summary>
    /// <param name="reader">A reader of a request's.</param>
    /// <returns>A reader of the same bytes that nobody has read from yet, if they are known; otherwise the reader.</returns>
    [return: NotNullIfNotNull(nameof(reader))]
    public static PipeReader? Begin(PipeReader? reader) => reader is BytesReader known ? known.Again() : reader;

    public override bool TryRead(out ReadResult result)
    {
        result = new ReadResult(_rest, isCanceled: false, isCompleted: true);
        return true;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<ReadResult>(cancellationToken)
            : new(new ReadResult(_rest, isCanceled: false, isCompleted: true));

    public override void AdvanceTo(SequencePosition consumed) => _rest = _rest.Slice(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => AdvanceTo(consumed);

    // No read waits.
    public override void CancelPendingRead()
    {
    }

    public override void Complete(Exception? exception = null) => _rest = default;

    private BytesReader Again() => new(bytes);
}
