using System.Buffers;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Http.Exchange;
using WasiCloud.Embedding.Mounts.Nodes;

namespace WasiCloud.Embedding.Http.Files;

/// <summary>Edits one small fact of the response's head in memory. It counts when the handle is closed or flushed.</summary>
internal sealed class ResponsePieceHandle : FileHandle
{
    private readonly ResponseMessage _response;
    private readonly PieceCommit _commit;
    private readonly ulong _modified;
    private byte[] _content;
    private int _length;
    private bool _isCommitted;

    public ResponsePieceHandle(ReadOnlySpan<byte> content, ResponseMessage response, PieceCommit commit, ulong modified)
    {
        (_response, _commit, _modified) = (response, commit, modified);
        (_content, _length) = (content.ToArray(), content.Length);
    }

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        var error = Reserve(offset, source.Length);
        if (error != Errno.Success) return (FsResult<long>)error;
        source.CopyTo(_content.AsSpan((int)offset));
        return (FsResult<long>)source.Length;
    }

    public override async ValueTask<FsResult<long>> AppendAsync(ReadOnlySequence<byte> source, CancellationToken cancellationToken)
    {
        var result = await WriteAsync(source, _length, cancellationToken).ConfigureAwait(false);
        return result.Error == Errno.Success ? _length : result.Error;
    }

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => NodeTime.Attributes(_modified, _length);

    public override ValueTask<Errno> SetSizeAsync(long size, CancellationToken cancellationToken) => new(SetLength(size));

    public override ValueTask<Errno> FlushAsync(CancellationToken cancellationToken) => new(Commit());

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken) =>
        new(reason == CloseReason.Closed ? Commit() : Errno.Success);

    internal override bool TryWrite(IoVectors source, long offset, out FsResult<int> result)
    {
        var error = Reserve(offset, source.TotalLength);
        result = error == Errno.Success ? source.TotalLength : error;
        if (error == Errno.Success) source.CopyTo(_content.AsSpan((int)offset));
        return true;
    }

    internal override bool TryAppend(IoVectors source, out FsResult<long> result)
    {
        TryWrite(source, _length, out var written);
        result = written.Error == Errno.Success ? _length : written.Error;
        return true;
    }

    private Errno Reserve(long offset, long count) => offset > long.MaxValue - count ? Errno.FBig : SetLength(Math.Max(_length, offset + count));

    // Every change comes through here.
    private Errno SetLength(long length)
    {
        if (_response.IsFixed) return Errno.RoFs;
        if (length < 0 || length > _response.Limits.MaxResponseHeadBytes) return Errno.FBig;
        if (length < _length) Array.Clear(_content, (int)length, _length - (int)length);
        if (length > _content.Length) Array.Resize(ref _content, Math.Max((int)length, _content.Length * 2));
        (_length, _isCommitted) = ((int)length, false);
        return Errno.Success;
    }

    private Errno Commit()
    {
        if (_isCommitted) return Errno.Success;
        var error = _commit(_content.AsSpan(0, _length));
        _isCommitted = error == Errno.Success;
        return error;
    }
}
