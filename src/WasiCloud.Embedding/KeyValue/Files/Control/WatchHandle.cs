using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>A stream of changes as lines of JSON. It reads ahead no more than the change that it waits for.</summary>
#pragma warning disable CA1001 // A handle is closed exactly once; the source has neither a timer nor links.
internal sealed class WatchHandle(ChangeReader reader, int hiddenLength) : FileHandle
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _end = new();

    // The wait for the next change. It goes on when a poll that looked at it is over.
    private Task<KeyValueChange>? _next;
    private ReadOnlyMemory<byte> _line;
    private bool _isLost;

    public override bool CanSeek => false;

    // The read makes a line of a change that is there, and tells of a store that is away for a while: neither is the end.
    public override long? AvailableBytes => !_line.IsEmpty ? _line.Length : _isLost ? 0 : null;

    internal override bool MayBorrowGuestMemory => true;

    private Task<KeyValueChange> Next => _next ??= reader.NextAsync(_end.Token);

    public override async ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        if (_line.IsEmpty && await FillAsync(cancellationToken).ConfigureAwait(false) is var error and not Errno.Success) return error;
        var count = Take(destination);

        // More lines as far as they are there and fit: what follows is whole lines again.
        while (_line.IsEmpty && Next.IsCompletedSuccessfully && await FillAsync(cancellationToken).ConfigureAwait(false) == Errno.Success)
        {
            if (_line.Length <= destination.Length - count) count += Take(destination[count..]);
        }

        return count;
    }

    public override async ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken)
    {
        if (TryPoll(interest, out var readiness)) return readiness;

        // A failure is ready too: the read that follows tells it.
        await WaitAsync(cancellationToken).ConfigureAwait(false);
        return FileReadiness.Read;
    }

    public override async ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        await _end.CancelAsync().ConfigureAwait(false);
        if (_next is not null) await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await reader.DisposeAsync().ConfigureAwait(false);
        return Errno.Success;
    }

    internal override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        var isRead = (interest & FileReadiness.Read) != 0;
        readiness = isRead ? FileReadiness.Read : interest;
        return !isRead || !_line.IsEmpty || _isLost || _next is { IsCompleted: true };
    }

    private async ValueTask<Errno> FillAsync(CancellationToken cancellationToken)
    {
        if (_isLost) return Errno.Stale;
        await WaitAsync(cancellationToken).ConfigureAwait(false);
        var next = Next;
        _next = null;
        try
        {
            _line = ChangeLine.Write(await next.ConfigureAwait(false), hiddenLength);
            return Errno.Success;
        }
        catch (KeyValueHistoryLostException)
        {
            _isLost = true;
            return Errno.Stale;
        }
    }

    private async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        await ((Task)Next).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!Next.IsCompleted) cancellationToken.ThrowIfCancellationRequested();
    }

    private int Take(Memory<byte> destination)
    {
        var count = Math.Min(_line.Length, destination.Length);
        _line[..count].CopyTo(destination);
        _line = _line[count..];
        return count;
    }
}
