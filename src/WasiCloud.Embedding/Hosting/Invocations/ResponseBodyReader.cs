using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;

namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>The body of one response, read from a pipe that serves the next response when this one was disposed: from then on this reads nothing.</summary>
/// <param name="reader">The pipe's reader.</param>
internal sealed class ResponseBodyReader(PipeReader reader) : PipeReader
{
    private PipeReader? _reader = reader;

    // Whether somebody may still wait for a read, or be about to take its result.
    private bool _mayBeReading;

    private PipeReader Reader => _reader ?? throw new ObjectDisposedException(nameof(InvocationResponse), "The response was disposed.");

    /// <summary>Lets go of the pipe.</summary>
    /// <returns>Whether it can serve another response: no read that had to wait is without its <c>AdvanceTo</c>.</returns>
    public bool Detach()
    {
        _reader = null;
        return !_mayBeReading;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        Reader.AdvanceTo(consumed, examined);
        _mayBeReading = false;
    }

    public override void CancelPendingRead() => Reader.CancelPendingRead();

    // Harmless, and common, after the response was disposed.
    public override void Complete(Exception? exception = null) => _reader?.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => _reader?.CompleteAsync(exception) ?? default;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => Note(Reader.ReadAsync(cancellationToken));

    public override bool TryRead([NotNullWhen(true)] out ReadResult result) => Reader.TryRead(out result);

    protected override ValueTask<ReadResult> ReadAtLeastAsyncCore(int minimumSize, CancellationToken cancellationToken) =>
        Note(Reader.ReadAtLeastAsync(minimumSize, cancellationToken));

    private ValueTask<ReadResult> Note(ValueTask<ReadResult> read)
    {
        if (!read.IsCompleted) _mayBeReading = true;
        return read;
    }
}
