using System.Buffers;
using System.IO.Pipelines;

namespace WasiCloud.Embedding.Hosting.Daemons;

/// <summary>
/// Copies the body of a request into a pipe of this library's own, for a guest that goes on when the request is over: whoever sent the request gets its reader back, untouched by the guest, when this
/// has ended.
/// </summary>
internal sealed class BodyPump : IAsyncDisposable
{
    // What may wait in the pipe, in bytes, and what comes to it at once: a source may give a body of any size in one read.
    private const int BufferBytes = 64 << 10;
    private const int PieceBytes = 16 << 10;

    private static readonly PipeOptions Options = new(pauseWriterThreshold: BufferBytes, resumeWriterThreshold: BufferBytes / 2, useSynchronizationContext: false);

    private readonly Pipe _pipe = new(Options);
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _copying;

    /// <summary>Begins.</summary>
    /// <param name="source">The body. It is not completed.</param>
    public BodyPump(PipeReader source) => _copying = CopyAsync(source);

    /// <summary>What the guest reads.</summary>
    public PipeReader Reader => _pipe.Reader;

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _copying.ConfigureAwait(false);
        _ended.Dispose();
    }

    private async Task CopyAsync(PipeReader source)
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
