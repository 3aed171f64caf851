using System.Buffers;
using System.IO.Pipelines;

namespace WasiCloud.Embedding.Hosting.Daemons;

/// <summary>
/// Copies the body of a request into a pipe of this library's own, for a guest that goes on when the request is over: whoever sent the request gets its reader
/// back, untouched by the guest, when this has ended. It begins when the guest first reads: a server that is asked for a body asks the client for it (RFC 9110
/// section 10.1.1).
/// </summary>
/// <param name="source">The body. It is not completed.</param>
internal sealed class BodyPump(PipeReader source) : PipeReader, IAsyncDisposable
{
    // What may wait in the pipe, in bytes, and what comes to it at once: a source may give a body of any size in one read.
    private const int BufferBytes = 64 << 10;
    private const int PieceBytes = 16 << 10;

    private static readonly PipeOptions Options =
        new(pauseWriterThreshold: BufferBytes, resumeWriterThreshold: BufferBytes / 2, useSynchronizationContext: false);

    private readonly Pipe _pipe = new(Options);
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _lock = new();
    private Task? _copying;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        Begin();
        return _pipe.Reader.ReadAsync(cancellationToken);
    }

    public override bool TryRead(out ReadResult result)
    {
        Begin();
        return _pipe.Reader.TryRead(out result);
    }

    public override void AdvanceTo(SequencePosition consumed) => _pipe.Reader.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _pipe.Reader.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => _pipe.Reader.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _pipe.Reader.Complete(exception);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        Task copying;
        lock (_lock) copying = _copying ??= EndAsync();
        await copying.ConfigureAwait(false);
        _ended.Dispose();
    }

    // The guest may come for the body when nobody waits for its answer any more.
    private void Begin()
    {
        if (Volatile.Read(ref _copying) is not null) return;
        lock (_lock) _copying ??= Task.Run(CopyAsync);
    }

    private async Task EndAsync() => await _pipe.Writer.CompleteAsync(new IOException("The request is over, and its body was not read.")).ConfigureAwait(false);

    private async Task CopyAsync()
    {
        Exception? failure = null;
        try
        {
            while (true)
            {
                var read = await source.ReadAsync(_ended.Token).ConfigureAwait(false);
                var piece = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, PieceBytes));
                var isLast = read.IsCompleted && piece.Length == read.Buffer.Length;
                foreach (var segment in piece) _pipe.Writer.Write(segment.Span);
                source.AdvanceTo(piece.End);
                var flush = await _pipe.Writer.FlushAsync(_ended.Token).ConfigureAwait(false);
                if (isLast || flush.IsCompleted) break;
            }
        }
        catch (Exception exception)
        {
            // For the guest, the client is gone; who sent the request knows why.
            failure = new IOException("The request's body could not be read to its end.", exception);
        }

        await _pipe.Writer.CompleteAsync(failure).ConfigureAwait(false);
    }
}
