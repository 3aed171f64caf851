using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>An open file: it keeps the content alive after the last name is gone.</summary>
internal sealed class MemoryFileHandle(MemoryFile file, FileAccess access) : FileHandle
{
    private readonly bool _canRead = access.HasFlag(FileAccess.Read);
    private readonly bool _canWrite = access.HasFlag(FileAccess.Write);

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken) =>
        new(_canRead ? file.Read(destination.Span, offset) : Errno.BadF);

    public override ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken) =>
        new(_canWrite ? file.Write(source, offset) : Errno.BadF);

    public override ValueTask<FsResult<long>> AppendAsync(ReadOnlySequence<byte> source, CancellationToken cancellationToken) =>
        new(_canWrite ? file.Append(source) : Errno.BadF);

    // Linux' answer for a descriptor that is not open for writing; POSIX allows EBADF or EINVAL.
    public override ValueTask<Errno> SetSizeAsync(long size, CancellationToken cancellationToken) =>
        new(_canWrite ? file.SetSize(size) : Errno.Inval);

    public override ValueTask<Errno> AllocateAsync(long offset, long length, CancellationToken cancellationToken) =>
        _canWrite ? file.AllocateAsync(offset, length, cancellationToken) : new(Errno.BadF);

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        file.Inode.SettleAccess();
        file.Inode.RemoveReference();
        return new(Errno.Success);
    }

    internal override bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        result = _canRead ? file.Read(destination, offset) : Errno.BadF;
        return true;
    }

    internal override bool TryWrite(IoVectors source, long offset, out FsResult<int> result)
    {
        result = _canWrite ? file.Write(source, offset) : Errno.BadF;
        return true;
    }

    internal override bool TryAppend(IoVectors source, out FsResult<long> result)
    {
        result = _canWrite ? file.Append(source) : Errno.BadF;
        return true;
    }
}
