namespace WasiCloud.Embedding.FileSystem;

/// <summary>
/// One end of a connection: what <c>sock_recv</c>, <c>sock_send</c> and <c>sock_shutdown</c> work on. Reading and writing are receiving and sending without
/// flags (POSIX <c>recv</c>, <c>send</c>).
/// </summary>
internal abstract class SocketHandle : FileHandle
{
    public sealed override bool CanSeek => false;

    internal sealed override bool MayBorrowGuestMemory => true;

    /// <summary>Receives what is there, without waiting and without running other code.</summary>
    /// <param name="destination">Where to; not empty.</param>
    /// <param name="peek">Whether what is received can be received again.</param>
    /// <param name="result">How many bytes; 0 only at the end of the connection.</param>
    /// <returns>Whether it could be done; if not, <see cref="ReceiveAsync"/> is called later.</returns>
    public abstract bool TryReceive(IoVectors destination, bool peek, out FsResult<int> result);

    /// <summary>Waits until there is something, and receives it.</summary>
    /// <param name="destination">Where to; not empty.</param>
    /// <param name="peek">Whether what is received can be received again.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>How many bytes; 0 only at the end of the connection.</returns>
    public abstract ValueTask<FsResult<int>> ReceiveAsync(Memory<byte> destination, bool peek, CancellationToken cancellationToken);

    /// <summary>Ends one direction or both (POSIX <c>shutdown</c>).</summary>
    /// <param name="receiving">Whether what is received from now on is the end.</param>
    /// <param name="sending">Whether the other side sees the end of what was sent.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    public abstract ValueTask<Errno> ShutDownAsync(bool receiving, bool sending, CancellationToken cancellationToken);

    public sealed override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken) =>
        ReceiveAsync(destination, peek: false, cancellationToken);

    /// <summary>A socket cannot be synchronized (POSIX <c>fsync</c>).</summary>
    public sealed override ValueTask<Errno> FlushAsync(CancellationToken cancellationToken) => new(Errno.Inval);

    internal sealed override bool TryRead(IoVectors destination, long offset, out FsResult<int> result) => TryReceive(destination, peek: false, out result);
}
