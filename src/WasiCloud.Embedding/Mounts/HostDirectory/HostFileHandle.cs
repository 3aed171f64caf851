using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>
/// An open regular file: every call is one of the kernel's, or one for each piece of what is long, straight on guest memory. The kernel checks the access and
/// answers <see cref="Errno.BadF"/>.
/// </summary>
internal class HostFileHandle(HostTree tree, HostDescriptor descriptor) : FileHandle
{
    // IOV_MAX; a read or write of more pieces is cut short, which callers must expect anyway.
    private const int MaxVectors = 1024;

    private static readonly Func<HostDescriptor, Errno> s_flush = static file => LinuxErrno.FromResult(Libc.Flush(file));
    private static readonly Func<HostDescriptor, Errno> s_flushData = static file => LinuxErrno.FromResult(Libc.FlushData(file));

    internal override bool IsSynchronous => true;

    protected HostDescriptor Descriptor => descriptor;

    // The kernel's flush cannot be cut short, so a guest that is to end does not wait for it.
    internal override bool FlushesSynchronously => tree.FlushesAtOnce(descriptor);

    // Nor can freeing the content of a large file.
    internal override bool SetsSizeSynchronously(long size) =>
        Libc.TryGetStatus(descriptor, out var status) != Errno.Success || !status.IsLarge || (ulong)size >= status.Size;

    /// <summary>Where the next bytes begin that are stored, at an offset or after it; <see cref="Errno.NxIO"/> if there are none any more.</summary>
    public FsResult<long> FindData(long offset) => Find(offset, Libc.SeekData);

    /// <summary>Where the next hole begins, at an offset or after it; the end of the file is one.</summary>
    public FsResult<long> FindHole(long offset) => Find(offset, Libc.SeekHole);

    public override async ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        var total = 0;
        while (true)
        {
            var piece = destination[total..Math.Min(destination.Length, total + TransferSize.PieceBytes)];
            var result = Read(piece.Span, offset + total);
            if (result.Error != Errno.Success) return total > 0 ? total : result.Error;
            total += result.Value;
            if (result.Value < piece.Length || total == destination.Length) return total;
            await Pieces.PauseAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override async ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        var (total, row) = (0L, 0);
        while (!source.IsEmpty)
        {
            var piece = source.First;
            if (piece.Length > TransferSize.PieceBytes) piece = piece[..TransferSize.PieceBytes];
            source = source.Slice(piece.Length);
            if (piece.IsEmpty) continue;
            var written = Write(piece.Span, offset + total);
            if (written.Error != Errno.Success) return total > 0 ? total : written.Error;
            (total, row) = (total + written.Value, row + written.Value);
            if (written.Value < piece.Length) break;
            if (row < TransferSize.PieceBytes || source.IsEmpty) continue;
            row = 0;
            await Pieces.PauseAsync(cancellationToken).ConfigureAwait(false);
        }

        return total;
    }

    public override ValueTask<FsResult<long>> AppendAsync(ReadOnlySequence<byte> source, CancellationToken cancellationToken)
    {
        if (source.IsSingleSegment) return new(Append(source.FirstSpan));

        // One call is one append; pieces are gathered first.
        var gathered = ArrayPool<byte>.Shared.Rent((int)source.Length);
        source.CopyTo(gathered);
        var result = Append(gathered.AsSpan(0, (int)source.Length));
        ArrayPool<byte>.Shared.Return(gathered);
        return new(result);
    }

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken)
    {
        var error = Libc.TryGetStatus(descriptor, out var status);
        return error == Errno.Success ? new(status.ToAttributes(tree)) : new(error);
    }

    // Without a token nobody can end the guest that waits.
    public override ValueTask<Errno> SetSizeAsync(long size, CancellationToken cancellationToken) =>
        !cancellationToken.CanBeCanceled || SetsSizeSynchronously(size)
            ? new(LinuxErrno.FromResult(Libc.SetSize(descriptor, size)))
            : SetSizeElsewhereAsync(size, cancellationToken);

    public override async ValueTask<Errno> AllocateAsync(long offset, long length, CancellationToken cancellationToken)
    {
        // Some file systems write what they allocate. The size changes in the end, once there is room for everything.
        var (start, end) = (offset, offset + length);
        for (; end - start > TransferSize.MaxBytes; start += TransferSize.MaxBytes)
        {
            var error = LinuxErrno.FromResult(Libc.Allocate(descriptor, Libc.KeepSize, start, TransferSize.MaxBytes));
            if (error != Errno.Success) return error;
            await Pieces.PauseAsync(cancellationToken).ConfigureAwait(false);
        }

        return LinuxErrno.FromResult(Libc.Allocate(descriptor, mode: 0, start, end - start));
    }

    public override ValueTask<Errno> FlushAsync(CancellationToken cancellationToken) => FlushAsync(s_flush, cancellationToken);

    public override ValueTask<Errno> FlushDataAsync(CancellationToken cancellationToken) => FlushAsync(s_flushData, cancellationToken);

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        if (!tree.ClosesSlowly(descriptor)) return new(descriptor.CloseChecked());
        tree.SlowCalls.Close(descriptor);
        return new(Errno.Success);
    }

    internal override unsafe bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        result = default;
        if (destination.TotalLength > TransferSize.PieceBytes) return false;
        fixed (IoVector* vectors = destination.Vectors)
        {
            // The kernel copies and checks a list of one more slowly than a plain buffer.
            result = Count(destination.Count == 1
                ? Libc.Read(descriptor, vectors->Start, vectors->Length, offset)
                : Libc.Read(descriptor, vectors, Math.Min(destination.Count, MaxVectors), offset));
        }

        return true;
    }

    internal override unsafe bool TryWrite(IoVectors source, long offset, out FsResult<int> result)
    {
        result = default;
        if (source.TotalLength > TransferSize.PieceBytes) return false;
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
            result = Append(source[0]);
            return true;
        }

        // At most TransferSize.PieceBytes.
        var gathered = ArrayPool<byte>.Shared.Rent(source.TotalLength);
        source.CopyTo(gathered);
        result = Append(gathered.AsSpan(0, source.TotalLength));
        ArrayPool<byte>.Shared.Return(gathered);
        return true;
    }

    private static FsResult<int> Count(nint result) => result < 0 ? LinuxErrno.Last() : (int)result;

    private FsResult<long> Find(long offset, int what)
    {
        var found = Libc.Seek(descriptor, offset, what);
        return found < 0 ? LinuxErrno.Last() : found;
    }

    private unsafe FsResult<int> Read(Span<byte> destination, long offset)
    {
        fixed (byte* start = destination) return Count(Libc.Read(descriptor, start, (nuint)destination.Length, offset));
    }

    private unsafe FsResult<int> Write(ReadOnlySpan<byte> source, long offset)
    {
        fixed (byte* start = source) return Count(Libc.Write(descriptor, start, (nuint)source.Length, offset));
    }

    // The offset -1 has the descriptor's own position follow, which tells where this append ended whatever others append meanwhile.
    private unsafe FsResult<long> Append(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var source = new IoVector(start + done, (nuint)(bytes.Length - done));
                var written = Libc.Write(descriptor, &source, 1, offset: -1, Libc.WriteAtEnd);
                if (written < 0) return LinuxErrno.Last();

                // The disk is full, or a limit near: after fewer than all, the next round says which.
                if (written == 0) return Errno.NoSpc;
                done += (int)written;
            }
        }

        var end = Libc.Seek(descriptor, 0, Libc.SeekCurrent);
        return end < 0 ? LinuxErrno.Last() : end;
    }

    // A method of its own, since what a lambda captures is allocated when the method begins.
    private ValueTask<Errno> SetSizeElsewhereAsync(long size, CancellationToken cancellationToken) =>
        tree.SlowCalls.RunAsync(descriptor, file => LinuxErrno.FromResult(Libc.SetSize(file, size)), cancellationToken);

    private ValueTask<Errno> FlushAsync(Func<HostDescriptor, Errno> flush, CancellationToken cancellationToken) =>
        !cancellationToken.CanBeCanceled || FlushesSynchronously ? new(flush(descriptor)) : tree.SlowCalls.RunAsync(descriptor, flush, cancellationToken);
}
