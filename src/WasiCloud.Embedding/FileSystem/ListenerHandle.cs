namespace WasiCloud.Embedding.FileSystem;

/// <summary>A listening socket: what <c>sock_accept</c> works on. It is ready for reading when a connection waits, or none will come any more.</summary>
internal abstract class ListenerHandle : FileHandle
{
    public sealed override bool CanSeek => false;

    internal sealed override bool MayBorrowGuestMemory => true;

    /// <summary>A connection is no bytes, and that none waits is not its end.</summary>
    public sealed override long? AvailableBytes => 0;

    public sealed override bool HangsUpAtEnd => false;

    /// <summary>Takes the connection that has waited longest, without waiting and without running other code.</summary>
    /// <param name="isNonBlocking">Whether the guest goes on if there is none.</param>
    /// <param name="connection">The connection, or <see cref="Errno.Inval"/> if none will come any more (as Linux says of a listener that was shut
    /// down).</param>
    /// <returns>Whether the outcome is known; if not, the caller would have to wait.</returns>
    public abstract bool TryAccept(bool isNonBlocking, out FsResult<SocketHandle> connection);

    /// <summary>Waits for a connection and takes it.</summary>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    public abstract ValueTask<FsResult<SocketHandle>> AcceptAsync(CancellationToken cancellationToken);

    public sealed override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken) =>
        (FsResult<int>)Errno.NotConn;

    public sealed override ValueTask<Errno> FlushAsync(CancellationToken cancellationToken) => new(Errno.Inval);

    internal sealed override bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        result = Errno.NotConn;
        return true;
    }
}
