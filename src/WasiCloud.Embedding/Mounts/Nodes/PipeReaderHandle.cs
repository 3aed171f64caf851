using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Pipes;

namespace WasiCloud.Embedding.Mounts.Nodes;

/// <summary>Reads a pipe, possibly after bytes that are known already. The only copy is from the pipe's segments into guest memory.</summary>
internal sealed class PipeReaderHandle(PipeWindow window, ReadOnlyMemory<byte> head = default) : FileHandle
{
    private ReadOnlyMemory<byte> _head = head;

    public override bool CanSeek => false;

    public override long? AvailableBytes => _head.Length + window.AvailableBytes;

    internal override bool MayBorrowGuestMemory => true;

    public override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        if (_head.IsEmpty) return window.TakeAsync(destination, cancellationToken);
        var count = Math.Min(_head.Length, destination.Length);
        _head[..count].CopyTo(destination);
        _head = _head[count..];
        return (FsResult<int>)count;
    }

    public override async ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken)
    {
        if (TryPoll(interest, out var readiness)) return readiness;

        // A broken connection is ready too: the read that follows tells the error.
        await window.FillAsync(cancellationToken).ConfigureAwait(false);
        return FileReadiness.Read;
    }

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        window.Release();
        return new(Errno.Success);
    }

    internal override bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        if (_head.IsEmpty) return window.TryTake(destination, out result);
        var count = destination.CopyFrom(_head.Span);
        _head = _head[count..];
        result = count;
        return true;
    }

    internal override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        var isRead = (interest & FileReadiness.Read) != 0;
        readiness = isRead ? FileReadiness.Read : interest;
        return !isRead || !_head.IsEmpty || window.IsReady;
    }
}
