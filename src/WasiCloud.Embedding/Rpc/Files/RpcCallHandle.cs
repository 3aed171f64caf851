using System.Buffers;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Rpc.Files;

/// <summary>One call as its caller sees it: the request is written; then the response is read.</summary>
internal sealed class RpcCallHandle(RpcGuest guest, RpcCall call, FileAccess access) : FileHandle
{
    // Whether the request is complete, and sent unless that failed.
    private bool _hasEnded;
    private bool _hasResponse;
    private ReadOnlySequence<byte> _response;

    // Why there is no response. It does not change any more.
    private Errno _failure;

    public override bool CanSeek => false;

    public override long? AvailableBytes => _hasResponse ? _response.Length : HasOutcome && call.Outcome is null ? call.Response.Length : 0;

    internal override bool MayBorrowGuestMemory => true;

    internal override bool MovesMessages => true;

    private bool HasOutcome => _failure == Errno.Success && _hasEnded && call.Completed.IsSet;

    // Sending may run a handler, and telling a handler that nobody waits runs code too.
    internal override bool ClosesSynchronously => _failure != Errno.Success || (_hasEnded ? call.Completed.IsSet : call.Request.Length == 0);

    public override async ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        if (EndRequest(isOneWay: false) == Errno.Success) await call.Completed.WaitAsync(cancellationToken).ConfigureAwait(false);
        TakeOutcome();
        return _failure == Errno.Success ? RpcPayload.Read(ref _response, destination.Span) : _failure;
    }

    public override async ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        var error = CheckWrite();
        if (error != Errno.Success) return error;
        var result = await RpcPayload.WriteAsync(call.Request, source, cancellationToken).ConfigureAwait(false);
        if (result.Error != Errno.Success) _failure = result.Error;
        return result;
    }

    public override async ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken)
    {
        if (TryPoll(interest, out var known) && known.Value != FileReadiness.None) return known;
        if (EndRequest(isOneWay: false) == Errno.Success) await call.Completed.WaitAsync(cancellationToken).ConfigureAwait(false);
        return FileReadiness.Read;
    }

    public override ValueTask<Errno> FlushAsync(CancellationToken cancellationToken) => new(EndRequest(isOneWay: !access.HasFlag(FileAccess.Read)));

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        var error = Errno.Success;
        if (!_hasEnded && reason == CloseReason.Closed)
        {
            // A write becomes visible at close: nobody reads the answer, so the call is one-way.
            if (_failure == Errno.Success && call.Request.Length > 0) EndRequest(isOneWay: true);
            error = _failure;
        }
        else if (!call.IsOneWay)
        {
            call.Service.Abandon(call);
        }

        _response = default;
        call.Release();
        guest.Close();
        return new(error);
    }

    internal override bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        result = default;
        if (_failure == Errno.Success && !_hasResponse && !(_hasEnded && call.Completed.IsSet)) return false;
        TakeOutcome();
        result = _failure == Errno.Success ? RpcPayload.Read(ref _response, destination) : _failure;
        return true;
    }

    internal override bool TryWrite(IoVectors source, long offset, out FsResult<int> result)
    {
        var error = CheckWrite();
        if (error == Errno.Success)
        {
            result = RpcPayload.Write(call.Request, source);
            if (result.Error != Errno.Success) _failure = result.Error;
        }
        else
        {
            result = error;
        }

        return true;
    }

    // A guest that waits for the response and nothing else has ended the request: otherwise it would wait for ever.
    internal override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        var isReadable = _failure != Errno.Success || _hasResponse || (_hasEnded && call.Completed.IsSet) || !access.HasFlag(FileAccess.Read);
        readiness = (interest & FileReadiness.Write) | (isReadable ? interest & FileReadiness.Read : FileReadiness.None);
        return _hasEnded || readiness.Value != FileReadiness.None;
    }

    private Errno CheckWrite() => _failure != Errno.Success ? _failure : _hasEnded ? Errno.Pipe : Errno.Success;

    private Errno EndRequest(bool isOneWay)
    {
        if (_hasEnded || _failure != Errno.Success) return _failure;
        _hasEnded = true;
        if (!call.Service.TrySend(call, isOneWay)) _failure = Errno.ConnRefused;
        return _failure;
    }

    private void TakeOutcome()
    {
        if (_hasResponse || _failure != Errno.Success) return;
        _failure = RpcErrno.Of(call.Outcome);
        if (_failure != Errno.Success) return;
        _response = call.Response.AsSequence();
        _hasResponse = true;
    }
}
