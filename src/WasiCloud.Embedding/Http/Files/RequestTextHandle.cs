using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;

namespace WasiCloud.Embedding.Http.Files;

/// <summary>Reads a request whose body comes in chunks, as it arrives.</summary>
internal sealed class RequestTextHandle(HttpRequestBytes request) : FileHandle
{
    public override bool CanSeek => false;

    internal override bool MayBorrowGuestMemory => true;

    public override long? AvailableBytes => request.AvailableBytes;

    public override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken) =>
        request.TakeAsync(destination, peek: false, cancellationToken);

    public override async ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken)
    {
        if (TryPoll(interest, out var readiness)) return readiness;

        // A broken connection is ready too: the read that follows tells the error.
        await request.FillAsync(cancellationToken).ConfigureAwait(false);
        return FileReadiness.Read;
    }

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        request.Release();
        return new(Errno.Success);
    }

    internal override bool TryRead(IoVectors destination, long offset, out FsResult<int> result) => request.TryTake(destination, peek: false, out result);

    internal override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        var isRead = (interest & FileReadiness.Read) != 0;
        readiness = isRead ? FileReadiness.Read : interest;
        return !isRead || request.IsReady || request.IsAtEnd;
    }
}
