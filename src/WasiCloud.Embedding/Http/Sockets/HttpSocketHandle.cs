using System.Buffers;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Waiting;

namespace WasiCloud.Embedding.Http.Sockets;

/// <summary>A connection on which a guest reads requests and writes responses, one after another.</summary>
/// <param name="port">Where it was accepted.</param>
internal sealed class HttpSocketHandle(HttpPort port) : SocketHandle
{
    private readonly ChangeSignal _changed = new();
    private volatile HttpTurn? _turn;

    // What a body is read from must be let go where foreign code may run.
    private HttpTurn? _last;
    private volatile bool _isAtEnd;
    private bool _isReceivingShut;
    private bool _isSendingShut;

    internal override bool ClosesSynchronously => (_turn ?? _last) is not { Request.HoldsBody: true };

    public override long? AvailableBytes => !_isReceivingShut && _turn is { IsAbandoned: false } turn ? turn.Request.AvailableBytes : 0;

    /// <summary>Whether there is a request that is not answered.</summary>
    public bool IsBusy => _turn is not null;

    /// <summary>The host has another request.</summary>
    public void Begin(HttpTurn turn)
    {
        turn.Delivered.WhenAbandoned = _changed.Raise;
        _turn = turn;
        _changed.Raise();
    }

    /// <summary>There will be no other request.</summary>
    public void End()
    {
        _isAtEnd = true;
        _changed.Raise();
    }

    /// <summary>Ends with the request in progress.</summary>
    public HttpTurn? TakeTurn()
    {
        var turn = _turn;
        _turn = null;
        return turn;
    }

    public override bool TryReceive(IoVectors destination, bool peek, out FsResult<int> result)
    {
        result = 0;
        if (_isReceivingShut) return true;
        if (_turn is not { } turn)
        {
            result = AtEnd();
            return _isAtEnd;
        }

        if (!turn.IsAbandoned) return turn.Request.TryTake(destination, peek, out result);
        result = Errno.ConnReset;
        return true;
    }

    public override async ValueTask<FsResult<int>> ReceiveAsync(Memory<byte> destination, bool peek, CancellationToken cancellationToken)
    {
        if (_isReceivingShut) return 0;
        var error = await WaitAsync(cancellationToken).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        return _turn is { } turn ? await turn.Request.TakeAsync(destination, peek, cancellationToken).ConfigureAwait(false) : AtEnd();
    }

    public override async ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        if (_isSendingShut || _turn is not { } turn) return Errno.Pipe;
        var result = await turn.Response.WriteAsync(source, offset, cancellationToken).ConfigureAwait(false);
        EndIfOver(turn);
        return result;
    }

    public override async ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken)
    {
        if (TryPoll(interest, out var readiness) && readiness.Value != FileReadiness.None) return readiness;
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = (interest & FileReadiness.Read) != 0 ? WaitAsync(losers.Token) : Task.Delay(Timeout.Infinite, losers.Token);
        var writing = (interest & FileReadiness.Write) != 0
            && _turn is { } turn ? turn.Response.PollAsync(FileReadiness.Write, losers.Token).AsTask() : Task.Delay(Timeout.Infinite, losers.Token);
        await Task.WhenAny(reading, writing).ConfigureAwait(false);
        await losers.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(reading, writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();

        // A broken connection is ready too: the read that follows tells the error.
        return (reading.IsCompletedSuccessfully ? FileReadiness.Read : FileReadiness.None)
            | (writing.IsCompletedSuccessfully ? FileReadiness.Write : FileReadiness.None);
    }

    public override async ValueTask<Errno> ShutDownAsync(bool receiving, bool sending, CancellationToken cancellationToken)
    {
        _isReceivingShut |= receiving;
        if (!sending || _isSendingShut) return Errno.Success;
        _isSendingShut = true;
        if (_turn is not { } turn) return Errno.Success;

        // What was accepted is in the pipe once it has room again.
        await turn.Delivered.Exchange.Response.Sink.ReadyAsync(cancellationToken).ConfigureAwait(false);
        var error = turn.Response.Shut();
        EndIfOver(turn);
        return error;
    }

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        var turn = port.Close(this, reason);
        (turn ?? _last)?.Request.Release();
        if (turn is null) return new(Errno.Success);
        var error = turn.Response.Shut();
        turn.Delivered.End();
        return new(error);
    }

    internal override bool TryWrite(IoVectors source, long offset, out FsResult<int> result)
    {
        result = Errno.Pipe;
        if (_isSendingShut || _turn is not { } turn) return true;
        if (!turn.Response.TryWrite(source, offset, out result)) return false;
        EndIfOver(turn);
        return true;
    }

    internal override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        var ready = FileReadiness.None;
        var turn = _turn;
        if ((interest & FileReadiness.Read) != 0 && (_isReceivingShut || (turn is null ? _isAtEnd : turn.Request.IsReady || turn.IsAbandoned)))
            ready |= FileReadiness.Read;
        if ((interest & FileReadiness.Write) != 0)
        {
            FsResult<FileReadiness> write = FileReadiness.Write | FileReadiness.HangUp;
            turn?.Response.TryPoll(FileReadiness.Write, out write);
            ready |= write.Value;
        }

        readiness = ready;
        return true;
    }

    // Until there is something to receive, or the end.
    private async Task<Errno> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = _changed.Next;
            if (_turn is { IsAbandoned: true }) return Errno.ConnReset;
            if (_turn is { } turn && !turn.Request.IsAtEnd) return await turn.Request.FillAsync(cancellationToken).ConfigureAwait(false);
            if (_turn is null && _isAtEnd) return Errno.Success;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // What was not read of a request that is answered is not there any more.
    private FsResult<int> AtEnd() => _last is { Request.IsAtEnd: false } ? Errno.ConnReset : 0;

    private void EndIfOver(HttpTurn turn)
    {
        if (!turn.Response.IsOver && !turn.IsAbandoned) return;
        (_turn, _last) = (null, turn);
        turn.Delivered.End();
        port.TurnEnded(this, isKept: turn.Response.KeepsAlive && !turn.IsLast && turn.Request.IsAtEnd && !_isReceivingShut);
    }
}
