using System.Buffers;

namespace WasiCloud.Embedding.FileSystem;

/// <summary>Does what takes long in pieces of <see cref="TransferSize.PieceBytes"/>.</summary>
internal static class Pieces
{
    /// <summary>Of a listing, between two looks at whether the guest is to end.</summary>
    public const int EntriesInARow = 256;

    [ThreadStatic]
    private static bool t_isGuests;

    /// <summary>Whether this thread runs guests and nothing else, one at a time. Other threads belong to the pool, to whoever invoked a guest, or to all fibers.</summary>
    public static bool IsOnGuestThread => t_isGuests;

    /// <summary>Tells that this thread runs guests and nothing else.</summary>
    public static void EnterGuestThread() => t_isGuests = true;

    /// <summary>Between two pieces: looks whether the guest is to end, and gives a thread that is not the guest's own to others.</summary>
    /// <exception cref="OperationCanceledException">The guest is to end.</exception>
    public static async ValueTask PauseAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // Not to the context of whoever invoked the guest.
        if (!t_isGuests) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
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
