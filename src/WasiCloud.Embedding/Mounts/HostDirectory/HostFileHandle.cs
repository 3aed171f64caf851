using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>An open regular file: every call is one of the kernel's, straight on guest memory. The kernel checks the access and answers <see cref="Errno.BadF"/>.</summary>
internal sealed unsafe class HostFileHandle(HostTree tree, HostDescriptor descriptor) : FileHandle
{
    // IOV_MAX; a read or write of more pieces is cut short, which callers must expect anyway.
    private const int MaxVectors = 1024;

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        fixed (byte* start = destination.Span) return new(Count(Libc.Read(descriptor, start, (nuint)destination.Length, offset)));
    }

    public override ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        var total = 0L;
        foreach (var piece in source)
        {
            if (piece.IsEmpty) continue;
            fixed (byte* start = piece.Span)
            {
                var written = Libc.Write(descriptor, start, (nuint)piece.Length, offset + total);
                if (written < 0) return total == 0 ? new(LinuxErrno.Last()) : new(total);
                total += written;
                if (written < piece.Length) break;
            }
        }

        return new(total);
    }

    public override ValueTask<FsResult<long>> AppendAsync(ReadOnlySequence<byte> source, CancellationToken cancellationToken)
    {
        // One call is one append; pieces are gathered first.
        var bytes = source.IsSingleSegment ? source.First : source.ToArray();
        fixed (byte* start = bytes.Span) return new(Append(new IoVector(start, (nuint)bytes.Length)));
    }

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken)
    {
        var error = Libc.TryGetStatus(descriptor, out var status);
        return error == Errno.Success ? new(status.ToAttributes(tree)) : new(error);
    }

    public override ValueTask<Errno> SetSizeAsync(long size, CancellationToken cancellationToken) =>
        new(LinuxErrno.FromResult(Libc.SetSize(descriptor, size)));

    public override ValueTask<Errno> AllocateAsync(long offset, long length, CancellationToken cancellationToken) =>
        new(LinuxErrno.FromResult(Libc.Allocate(descriptor, mode: 0, offset, length)));

    public override ValueTask<Errno> FlushAsync(CancellationToken cancellationToken) => new(LinuxErrno.FromResult(Libc.Flush(descriptor)));

    internal override ValueTask<Errno> FlushDataAsync(CancellationToken cancellationToken) => new(LinuxErrno.FromResult(Libc.FlushData(descriptor)));

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken) => new(descriptor.CloseChecked());

    internal override bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        fixed (IoVector* vectors = destination.Vectors)
        {
            // The kernel copies and checks a list of one more slowly than a plain buffer.
            result = Count(destination.Count == 1
                ? Libc.Read(descriptor, vectors->Start, vectors->Length, offset)
                : Libc.Read(descriptor, vectors, Math.Min(destination.Count, MaxVectors), offset));
        }

        return true;
    }

    internal override bool TryWrite(IoVectors source, long offset, out FsResult<int> result)
    {
        fixed (IoVector* vectors = source.Vectors)
        {
            result = Count(source.Count == 1
                ? Libc.Write(descriptor, vectors->Start, vectors->Length, offset)
                : Libc.Write(descriptor, vectors, Math.Min(source.Count, MaxVectors), offset));
        }

        return true;
    }

    internal override bool TryAppend(IoVectors source, out FsResult<long> result)
    {
        if (source.Count == 1)
        {
            result = Append(source.Vectors[0]);
            return true;
        }

        var gathered = ArrayPool<byte>.Shared.Rent(source.TotalLength);
        source.CopyTo(gathered);
        fixed (byte* start = gathered) result = Append(new IoVector(start, (nuint)source.TotalLength));
        ArrayPool<byte>.Shared.Return(gathered);
        return true;
    }

    private static FsResult<int> Count(nint result) => result < 0 ? LinuxErrno.Last() : (int)result;

    // The offset -1 has the descriptor's own position follow, which tells where this append ended whatever others append meanwhile.
    private FsResult<long> Append(IoVector source)
    {
        while (true)
        {
            var written = Libc.Write(descriptor, &source, 1, offset: -1, Libc.WriteAtEnd);
            if (written < 0) return LinuxErrno.Last();
            if ((nuint)written == source.Length) break;

            // The disk is full, or a limit near: the next round says which.
            if (written == 0) return Errno.NoSpc;
            source = new IoVector(source.Start + written, source.Length - (nuint)written);
        }

        var end = Libc.Seek(descriptor, 0, Libc.SeekCurrent);
        return end < 0 ? LinuxErrno.Last() : end;
    }
}
