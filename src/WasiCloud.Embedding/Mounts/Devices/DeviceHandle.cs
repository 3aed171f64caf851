using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Devices;

/// <summary>An open device: what is read depends on no position, what is written vanishes.</summary>
/// <remarks>Seeking succeeds, as on Linux, and must: C libraries for WASI take a character device that cannot seek for a terminal.</remarks>
internal abstract class DeviceHandle(FileAccess access) : FileHandle
{
    private readonly bool _canRead = access.HasFlag(FileAccess.Read);
    private readonly bool _canWrite = access.HasFlag(FileAccess.Write);

    internal override bool IsSynchronous => true;

    /// <summary>Why nothing can be written, or <see cref="Errno.Success"/>.</summary>
    protected virtual Errno WriteError => Errno.Success;

    /// <summary>The most bytes that one read gives; 0 is the end of the file.</summary>
    protected virtual int MaxReadBytes => int.MaxValue;

    /// <summary>Whether <see cref="Fill"/> may be called on a guest's stack.</summary>
    protected virtual bool FillsAtOnce => true;

    public override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        if (!_canRead) return new(Errno.BadF);
        var count = Math.Min(destination.Length, MaxReadBytes);
        Fill(destination.Span[..count]);
        return new(count);
    }

    public override ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        var error = CheckWrite();
        return error == Errno.Success ? new(source.Length) : new(error);
    }

    // There is no end to append at; the offset that is returned means nothing.
    public override ValueTask<FsResult<long>> AppendAsync(ReadOnlySequence<byte> source, CancellationToken cancellationToken) =>
        WriteAsync(source, 0, cancellationToken);

    internal override bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        if (!_canRead)
        {
            result = Errno.BadF;
            return true;
        }

        if (!FillsAtOnce)
        {
            result = default;
            return false;
        }

        var count = Math.Min(destination.TotalLength, MaxReadBytes);
        var left = count;
        for (var index = 0; left > 0; index++)
        {
            var piece = destination[index];
            if (piece.Length > left) piece = piece[..left];
            Fill(piece);
            left -= piece.Length;
        }

        result = count;
        return true;
    }

    internal override bool TryWrite(IoVectors source, long offset, out FsResult<int> result)
    {
        var error = CheckWrite();
        result = error == Errno.Success ? source.TotalLength : error;
        return true;
    }

    internal override bool TryAppend(IoVectors source, out FsResult<long> result)
    {
        var error = CheckWrite();
        result = error == Errno.Success ? source.TotalLength : error;
        return true;
    }

    protected abstract void Fill(Span<byte> destination);

    private Errno CheckWrite() => _canWrite ? WriteError : Errno.BadF;
}
