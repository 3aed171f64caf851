using System.Buffers;

namespace WasiCloud.Embedding.FileSystem;

/// <summary>Does what takes long in pieces of <see cref="TransferSize.PieceBytes"/>.</summary>
internal static class Pieces
{
    /// <summary>Between two pieces: looks whether the guest is to end, and gives a thread of the pool to others.</summary>
    /// <exception cref="OperationCanceledException">The guest is to end.</exception>
    public static async ValueTask PauseAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // A guest's own thread is nobody else's.
        if (Thread.CurrentThread.IsThreadPoolThread) await Task.Yield();
    }

    /// <summary>Copies everything.</summary>
    /// <exception cref="OperationCanceledException">The guest is to end; a part was copied.</exception>
    public static async ValueTask CopyAsync(ReadOnlySequence<byte> source, Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (source.Length > TransferSize.PieceBytes)
        {
            source.Slice(0, TransferSize.PieceBytes).CopyTo(destination.Span);
            source = source.Slice(TransferSize.PieceBytes);
            destination = destination[TransferSize.PieceBytes..];
            await PauseAsync(cancellationToken).ConfigureAwait(false);
        }

        source.CopyTo(destination.Span);
    }
}
