using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Http.Queue;

/// <summary>Reads the names of requests. A request is accepted by the read that gives the first byte of its line.</summary>
internal sealed class HttpRequestsHandle(HttpFilePort port) : FileHandle
{
    private ReadOnlyMemory<byte> _line;

    public override bool CanSeek => false;

    public override long? AvailableBytes => _line.IsEmpty ? port.NextLineBytes : _line.Length;

    internal override bool MayBorrowGuestMemory => true;

    internal override bool ClosesSynchronously => true;

    public override async ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        if (destination.IsEmpty) return 0;
        if (_line.IsEmpty)
        {
            if (await port.AcceptAsync(cancellationToken).ConfigureAwait(false) is not { } turn) return 0;
            _line = HttpName.LineOf(turn.Id);
        }

        var count = Math.Min(_line.Length, destination.Length);
        _line[..count].CopyTo(destination);
        _line = _line[count..];
        return count;
    }

    public override async ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = port.Changed;
            if (TryPoll(interest, out var readiness)) return readiness;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    internal override bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        result = 0;
        if (destination.TotalLength == 0) return true;
        if (_line.IsEmpty)
        {
            if (!port.TryAccept(out var turn)) return false;
            if (turn is null) return true;
            _line = HttpName.LineOf(turn.Id);
        }

        var count = destination.CopyFrom(_line.Span);
        _line = _line[count..];
        result = count;
        return true;
    }

    internal override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        var isRead = (interest & FileReadiness.Read) != 0;
        readiness = isRead ? FileReadiness.Read : interest;
        return !isRead || !_line.IsEmpty || port.IsReady;
    }
}
