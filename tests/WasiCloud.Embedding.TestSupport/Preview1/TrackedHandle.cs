using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Tests.Preview1;

internal sealed class TrackedHandle : FileHandle
{
    private readonly FileHandle _inner;
    private readonly Ledger _ledger;
    private int _closed;

    public TrackedHandle(FileHandle inner, Ledger ledger)
    {
        (_inner, _ledger) = (inner, ledger);
        ledger.HandleGiven();
    }

    public override bool CanSeek => _inner.CanSeek;

    public override long? AvailableBytes => _inner.AvailableBytes;

    public override bool HangsUpAtEnd => _inner.HangsUpAtEnd;

    internal override bool IsSynchronous => !_ledger.Suspends && _inner.IsSynchronous;

    internal override bool FlushesSynchronously => !_ledger.Suspends && _inner.FlushesSynchronously;

    internal override bool MovesMessages => _inner.MovesMessages;

    public override async ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        await EnterAsync(nameof(ReadAsync), cancellationToken);
        return await _inner.ReadAsync(destination, offset, cancellationToken);
    }

    public override async ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        await EnterAsync(nameof(WriteAsync), cancellationToken);
        return await _inner.WriteAsync(source, offset, cancellationToken);
    }

    public override async ValueTask<FsResult<long>> AppendAsync(ReadOnlySequence<byte> source, CancellationToken cancellationToken)
    {
        await EnterAsync(nameof(AppendAsync), cancellationToken);
        return await _inner.AppendAsync(source, cancellationToken);
    }

    public override async ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken)
    {
        await EnterAsync(nameof(GetAttributesAsync), cancellationToken);
        return await _inner.GetAttributesAsync(cancellationToken);
    }

    public override async ValueTask<Errno> SetSizeAsync(long size, CancellationToken cancellationToken)
    {
        await EnterAsync(nameof(SetSizeAsync), cancellationToken);
        return await _inner.SetSizeAsync(size, cancellationToken);
    }

    public override async ValueTask<Errno> AllocateAsync(long offset, long length, CancellationToken cancellationToken)
    {
        await EnterAsync(nameof(AllocateAsync), cancellationToken);
        return await _inner.AllocateAsync(offset, length, cancellationToken);
    }

    public override async ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken)
    {
        await EnterAsync(nameof(PollAsync), cancellationToken);
        return await _inner.PollAsync(interest, cancellationToken);
    }

    public override async ValueTask<Errno> FlushAsync(CancellationToken cancellationToken)
    {
        await EnterAsync(nameof(FlushAsync), cancellationToken);
        return await _inner.FlushAsync(cancellationToken);
    }

    public override async ValueTask<Errno> FlushDataAsync(CancellationToken cancellationToken)
    {
        await EnterAsync(nameof(FlushDataAsync), cancellationToken);
        return await _inner.FlushDataAsync(cancellationToken);
    }

    public override async ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) _ledger.Fault("second close");
        _ledger.HandleClosed();
        await _ledger.EnterAsync(nameof(CloseAsync), cancellationToken);
        return await _inner.CloseAsync(reason, cancellationToken);
    }

    internal override bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        result = default;
        if (_ledger.Suspends) return false;
        _ledger.Before?.Invoke(nameof(ReadAsync));
        return _inner.TryRead(destination, offset, out result);
    }

    internal override bool TryWrite(IoVectors source, long offset, out FsResult<int> result)
    {
        result = default;
        if (_ledger.Suspends) return false;
        _ledger.Before?.Invoke(nameof(WriteAsync));
        return _inner.TryWrite(source, offset, out result);
    }

    internal override bool TryAppend(IoVectors source, out FsResult<long> result)
    {
        result = default;
        if (_ledger.Suspends) return false;
        _ledger.Before?.Invoke(nameof(AppendAsync));
        return _inner.TryAppend(source, out result);
    }

    internal override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        readiness = default;
        return !_ledger.Suspends && _inner.TryPoll(interest, out readiness);
    }

    private ValueTask EnterAsync(string member, CancellationToken cancellationToken)
    {
        if (_closed != 0) _ledger.Fault($"{member} of a closed handle");
        return _ledger.EnterAsync(member, cancellationToken);
    }
}
