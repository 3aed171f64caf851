using System.Buffers;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Rpc;

namespace WasiCloud.Embedding.Rpc.Files;

/// <summary>One call as its server sees it: the request is read and the response is written.</summary>
internal sealed class RpcAcceptHandle(RpcGuest guest, RpcCall call) : FileHandle
{
    private ReadOnlySequence<byte> _request = call.Request.AsSequence();
    private bool _isAnswered;

    // Whether the response became too large: then there will be none.
    private bool _isSpoiled;

    public override bool CanSeek => false;

    public override long? AvailableBytes => _request.Length;

    // That is said when nobody waits for the response.
    public override bool HangsUpAtEnd => false;

    internal override bool MovesMessages => true;

    // But for a write of more than one piece, which only the pending half brings.
    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken) =>
        (FsResult<int>)RpcPayload.Read(ref _request, destination.Span);

    public override async ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        var error = CheckWrite();
        if (error != Errno.Success) return error;
        var result = await RpcPayload.WriteAsync(call.Response, source, cancellationToken).ConfigureAwait(false);
        _isSpoiled = result.Error != Errno.Success;
        return result;
    }

    /// <summary>Sends the response as it is, also an empty one.</summary>
    public override ValueTask<Errno> FlushAsync(CancellationToken cancellationToken) => new(Answer());

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        var error = Errno.Success;
        if (reason == CloseReason.Closed && (call.Response.Length > 0 || _isSpoiled)) error = Answer();
        else if (!_isAnswered && !call.Service.Complete(call, RpcError.ServerFailed)) error = reason == CloseReason.Closed ? Errno.Pipe : Errno.Success;
        _request = default;
        call.Release();
        guest.Close();
        return new(error);
    }

    internal override bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        result = RpcPayload.Read(ref _request, destination);
        return true;
    }

    internal override bool TryWrite(IoVectors source, long offset, out FsResult<int> result)
    {
        var error = CheckWrite();
        if (error == Errno.Success)
        {
            result = RpcPayload.Write(call.Response, source);
            _isSpoiled = result.Error != Errno.Success;
        }
        else
        {
            result = error;
        }

        return true;
    }

    internal override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        readiness = interest | (call.IsDone ? FileReadiness.HangUp : FileReadiness.None);
        return true;
    }

    private Errno CheckWrite() => _isSpoiled ? Errno.MsgSize : call.IsDone ? Errno.Pipe : Errno.Success;

    private Errno Answer()
    {
        if (_isAnswered) return Errno.Success;
        _isAnswered = true;
        var isAwaited = call.Service.Complete(call, _isSpoiled ? RpcError.ServerFailed : null);
        if (_isSpoiled) return Errno.MsgSize;
        return isAwaited ? Errno.Success : Errno.Pipe;
    }
}
