using System.Buffers;

namespace WasiCloud.Embedding.FileSystem;

/// <summary>One open file. Offsets, append mode and blocking mode are the descriptor's; the handle only moves bytes.</summary>
/// <remarks>
/// One guest makes one call at a time, so members are never called concurrently on one handle, except that a cancelled
/// <see cref="PollAsync"/> is awaited before the next call. Buffers are the host's, never the guest's memory itself, and no other guest is ever given the same:
/// one that is still used after the returned task has completed, because the operation behind it could not be cancelled
/// (<c>stream.ReadAsync(destination).AsTask().WaitAsync(cancellationToken)</c>), harms nobody. What a late read brings is lost.
/// A call moves at most 1 MiB, and a read of a stream at most 64 KiB; the guest's larger ones are several calls, or short. Messages are not cut
/// (<see cref="MaxMessageBytes"/>).
/// Defaults are uniform: a data operation that is not overridden is <see cref="Errno.BadF"/>, flush and close succeed.
/// An exception becomes <see cref="Errno.IO"/> for the guest and one log entry with the path.
/// </remarks>
public abstract class FileHandle
{
    /// <summary>Whether the content has positions. A stream's offset arguments are 0 and <c>fd_seek</c> on it is <see cref="Errno.SPipe"/>.</summary>
    public virtual bool CanSeek => true;

    /// <summary>As <see cref="VirtualNode.IsSynchronous"/>, for every asynchronous member but <see cref="PollAsync"/>.</summary>
    internal virtual bool IsSynchronous => false;

    /// <summary>
    /// Whether guest memory itself may be lent to it. Only for handles of this library of which each member that takes a buffer is known to leave it alone once
    /// the task it returned has completed, however it ended, and to pass it on to nobody else's code: what is left of a call of another's may go on when the
    /// guest has ended.
    /// </summary>
    internal virtual bool MayBorrowGuestMemory => IsSynchronous;

    /// <summary>As <see cref="IsSynchronous"/>, for <see cref="CloseAsync"/> alone, at this moment.</summary>
    internal virtual bool ClosesSynchronously => IsSynchronous;

    /// <summary>
    /// The longest message in bytes, if a write or a read of this stream is one message: then one call moves it whole, and a write of more is
    /// <see cref="Errno.MsgSize"/>. <see langword="null"/>, the default, is a stream of bytes. Does not change, and is told at once.
    /// </summary>
    public virtual int? MaxMessageBytes => null;

    /// <summary>
    /// How many bytes of a stream a read would give without waiting, as far as that is known at once: what <c>poll_oneoff</c> tells with readiness for reading.
    /// Of messages, what is left of the next. 0 is the end, or an error that the read tells. <see langword="null"/>, the default, is not known, and guests
    /// see 1. Asked when it is ready for reading.
    /// </summary>
    public virtual long? AvailableBytes => null;

    /// <summary>
    /// The size of a regular file in bytes, if it is known without <see cref="GetAttributesAsync"/>: for what <c>poll_oneoff</c> tells. <see langword="null"/>,
    /// the default, is not known, and guests may see 1.
    /// </summary>
    public virtual long? KnownSize => null;

    /// <summary>
    /// Whether <c>poll</c> says that the other side is gone (<c>POLLHUP</c>) when <see cref="AvailableBytes"/> is 0. The default is so of streams, as of pipes
    /// that are at their end.
    /// </summary>
    public virtual bool HangsUpAtEnd => !CanSeek;

    /// <summary>
    /// Whether a write or a read is one message, which is moved whole however long it is. What is longer than <see cref="TransferSize.MaxBytes"/> is left to
    /// the members that may wait.
    /// </summary>
    internal virtual bool MovesMessages => MaxMessageBytes is not null;

    /// <summary>Whether <see cref="FlushAsync"/> and <see cref="FlushDataAsync"/> never wait.</summary>
    internal virtual bool FlushesSynchronously => IsSynchronous;

    /// <summary>Whether <see cref="SetSizeAsync"/> does not wait.</summary>
    internal virtual bool SetsSizeSynchronously(long size) => IsSynchronous;

    /// <summary>Reads.</summary>
    /// <param name="destination">Where to; not empty. It holds nothing of another guest's.</param>
    /// <param name="offset">From which byte.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>How many bytes were read, 0 only at the end of the file. May be fewer than asked for.</returns>
    public virtual ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken) => (FsResult<int>)Errno.BadF;

    /// <summary>Writes.</summary>
    /// <param name="source">What; not empty.</param>
    /// <param name="offset">At which byte; beyond the end, the gap reads as zeros.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>How many bytes were written: at least 1, or an error. <see cref="Errno.Pipe"/> if nobody reads any more.</returns>
    public virtual ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken) =>
        (FsResult<long>)Errno.BadF;

    /// <summary>Writes all of <paramref name="source"/> at the end of the file, atomically with regard to other appends.</summary>
    /// <param name="source">What; not empty.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>The offset behind the last byte written, which is at least as much as was written. <see cref="Errno.NotSup"/>, the default, makes the host
    /// write at the node's size, which is not atomic.</returns>
    public virtual ValueTask<FsResult<long>> AppendAsync(ReadOnlySequence<byte> source, CancellationToken cancellationToken) => (FsResult<long>)Errno.NotSup;

    /// <summary>Gets what <c>fstat</c> shows, if it differs from the node's (say, because this handle buffers).</summary>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>The attributes; <see cref="Errno.NotSup"/>, the default, makes the host ask the node.</returns>
    public virtual ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => (FsResult<NodeAttributes>)Errno.NotSup;

    /// <summary>Sets the length (<c>ftruncate</c>); new bytes are zero.</summary>
    /// <param name="size">The length in bytes, not negative.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns><see cref="Errno.Inval"/> unless overridden, which is <c>ftruncate</c>'s answer for what has no length.</returns>
    public virtual ValueTask<Errno> SetSizeAsync(long size, CancellationToken cancellationToken) => new(Errno.Inval);

    /// <summary>Reserves space so that later writes to the range cannot fail for lack of it (<c>posix_fallocate</c>).</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Bytes, more than 0.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns><see cref="Errno.NotSup"/> unless overridden.</returns>
    public virtual ValueTask<Errno> AllocateAsync(long offset, long length, CancellationToken cancellationToken) => new(Errno.NotSup);

    /// <summary>Waits until the handle is ready for at least one thing in <paramref name="interest"/>.</summary>
    /// <param name="interest">What the guest waits for.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end, or when something else it polls became ready.</param>
    /// <returns>What it is ready for. The default is always ready, as regular files are.</returns>
    public virtual ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken) =>
        (FsResult<FileReadiness>)interest;

    /// <summary>Makes written content durable and visible (<c>fsync</c>, <c>fdatasync</c>).</summary>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>Why it could not be, or <see cref="Errno.Success"/>.</returns>
    public virtual ValueTask<Errno> FlushAsync(CancellationToken cancellationToken) => new(Errno.Success);

    /// <summary>
    /// As <see cref="FlushAsync"/>, which is the default, for the content and what is needed to read it back, but not times (<c>fdatasync</c>).
    /// </summary>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>Why it could not be, or <see cref="Errno.Success"/>.</returns>
    public virtual ValueTask<Errno> FlushDataAsync(CancellationToken cancellationToken) => FlushAsync(cancellationToken);

    /// <summary>Closes the handle. Called exactly once; no other member is called afterwards.</summary>
    /// <param name="reason">Whether buffered content is to be committed.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end; for <see cref="CloseReason.Abandoned"/>,
    /// 5 seconds after all that the guest had open began to be closed.</param>
    /// <returns>Why the content could not be committed; the descriptor is closed all the same.</returns>
    public virtual ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken) => new(Errno.Success);

    /// <summary>Reads without waiting, straight into guest memory.</summary>
    /// <returns>Whether it could be done (also if the outcome is an error); if not, <see cref="ReadAsync"/> is called later.</returns>
    internal virtual bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        result = default;
        return false;
    }

    /// <summary>
    /// As <see cref="ReadAsync"/>, for a stream and several buffers: fills the first, which is enough unless a read has to be as large as all of them.
    /// </summary>
    /// <param name="destination">Where to; at least one is not empty.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    internal virtual ValueTask<FsResult<int>> ScatterAsync(IReadOnlyList<Memory<byte>> destination, CancellationToken cancellationToken)
    {
        var first = 0;
        while (destination[first].IsEmpty) first++;
        return ReadAsync(destination[first], 0, cancellationToken);
    }

    /// <summary>Writes without waiting, straight from guest memory.</summary>
    /// <returns>Whether it could be done; if not, nothing was written and <see cref="WriteAsync"/> is called later.</returns>
    internal virtual bool TryWrite(IoVectors source, long offset, out FsResult<int> result)
    {
        result = default;
        return false;
    }

    /// <summary>
    /// As <see cref="WriteAsync"/> for a descriptor with <c>O_NONBLOCK</c>, where others may take the room between <see cref="TryPoll"/> and the write:
    /// <see cref="Errno.Again"/> instead of waiting.
    /// </summary>
    /// <returns>Whether it could be done; if not, nothing was written and <see cref="WriteAsync"/> is called if <see cref="TryPoll"/> allows it.</returns>
    internal virtual bool TryWriteAtOnce(ReadOnlySequence<byte> source, out FsResult<long> result)
    {
        result = default;
        return false;
    }

    /// <summary>As <see cref="AppendAsync"/>, without waiting.</summary>
    internal virtual bool TryAppend(IoVectors source, out FsResult<long> result)
    {
        result = default;
        return false;
    }

    /// <summary>As <see cref="PollAsync"/>, without waiting. <see cref="FileReadiness.None"/> means: would wait.</summary>
    /// <returns>Whether the answer is known without waiting or running other code.</returns>
    internal virtual bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        readiness = interest;
        return IsSynchronous;
    }
}
