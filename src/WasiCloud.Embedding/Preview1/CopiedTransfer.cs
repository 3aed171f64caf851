using System.Buffers;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding.Preview1;

/// <summary>
/// Moves bytes between guest memory and handles that are not this library's, which never see it: they are given memory of the host's, and one copy is made.
/// </summary>
/// <remarks>
/// What such a handle was given it may still use when its task has completed and when the guest has ended: the operation behind it may be one that cannot be
/// cancelled. So a buffer is never another guest's, and not this one's again either unless the call completed at once and well, when hardly anything can be
/// left of it. Used for one call at a time.
/// </remarks>
internal sealed class CopiedTransfer
{
    /// <summary>1 MiB: what a guest that waits makes the host hold. Larger transfers of files are several calls of the handle, and others are short.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>64 KiB, as a pipe of Linux holds (pipe(7)): ten thousand guests may wait for streams, each with a large buffer.</summary>
    public const int MaxStreamReadBytes = 64 << 10;

    // What a guest keeps from call to call; it is also below what the large object heap takes.
    private const int MaxKeptBytes = 64 << 10;

    // Moves so many bytes, from or to a position in the vectors, at an offset of the file, or at its end without one.
    private delegate ValueTask<FsResult<long>> MoveOnce(Descriptor descriptor, int start, int count, long? offset, CancellationToken cancellationToken);

    private byte[]? _kept;

    // A larger one is kept too, but only until the collector wants it: a new one for each call costs ten times the copy (1 MiB: 0.5 ms),
    // and held firmly it would be 1 MiB of each guest's.
    private WeakReference<byte[]?>? _large;
    private IoVector[] _vectors = [];
    private int _count;
    private int _length;
    private GuestMemory _memory;

    /// <summary>
    /// Begins a call with an <c>iovec_array</c> of the guest, to which <see cref="End"/> ends the access. More than <paramref name="most"/> bytes are not
    /// moved.
    /// </summary>
    public Errno Begin(in GuestMemory memory, uint address, uint count, int most)
    {
        if (count > IoVectorDecoder.MaxCount) return Errno.Inval;
        if (_vectors.Length < count) _vectors = new IoVector[count];
        (_memory, _count) = (memory, (int)count);
        var error = IoVectorDecoder.Decode(memory, address, _vectors.AsSpan(0, _count), out var length);
        _length = Math.Min(length, most);
        return error;
    }

    /// <summary>The guest's memory is not touched any more.</summary>
    public void End()
    {
        _vectors.AsSpan(0, _count).Clear();
        (_memory, _count, _length) = (default, 0, 0);
    }

    /// <summary>As <see cref="PendingTransfer.ReadAsync"/>.</summary>
    public async ValueTask<FsResult<int>> ReadAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        var result = await ReadAtAsync(descriptor, descriptor.Offset, cancellationToken).ConfigureAwait(false);
        if (result.Error == Errno.Success) descriptor.Offset += result.Value;
        return result;
    }

    /// <summary>As <see cref="PendingTransfer.ReadAtAsync"/>.</summary>
    public async ValueTask<FsResult<int>> ReadAtAsync(Descriptor descriptor, long offset, CancellationToken cancellationToken)
    {
        var most = descriptor.Handle!.CanSeek ? MaxBytes : descriptor.Handle.MaxMessageBytes is { } message ? Math.Max(message, 1) : MaxStreamReadBytes;
        var moved = await MoveAsync(ReadOnceAsync, descriptor, offset, most, cancellationToken).ConfigureAwait(false);
        return moved.Error == Errno.Success ? (int)moved.Value : moved.Error;
    }

    /// <summary>
    /// As <see cref="PendingTransfer.WriteAsync"/>. What is appended is one call, so that it is atomic; more than <see cref="MaxBytes"/> is short.
    /// </summary>
    public async ValueTask<FsResult<long>> WriteAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        if (descriptor.Appends())
            return await WriteOnceAsync(descriptor, 0, Math.Min(_length, MaxBytes), offset: null, cancellationToken).ConfigureAwait(false);
        var result = await WriteAtAsync(descriptor, descriptor.Offset, cancellationToken).ConfigureAwait(false);
        if (result.Error == Errno.Success) descriptor.Offset += result.Value;
        return result;
    }

    /// <summary>As <see cref="PendingTransfer.WriteAtAsync"/>.</summary>
    public ValueTask<FsResult<long>> WriteAtAsync(Descriptor descriptor, long offset, CancellationToken cancellationToken)
    {
        if (descriptor.Handle!.CanSeek || descriptor.Handle.MaxMessageBytes is not { } message)
            return MoveAsync(WriteOnceAsync, descriptor, offset, MaxBytes, cancellationToken);

        // Before it is copied: the guest's buffers may overlap, and a small guest ask for 2 GiB at once.
        return _length > message ? (FsResult<long>)Errno.MsgSize : MoveAsync(WriteOnceAsync, descriptor, offset, _length, cancellationToken);
    }

    // A file is read or written piece by piece, until one is short; a stream once.
    private async ValueTask<FsResult<long>> MoveAsync(MoveOnce move, Descriptor descriptor, long offset, int most, CancellationToken cancellationToken)
    {
        var isFile = descriptor.Handle!.CanSeek;
        var total = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = Math.Min(_length - total, most);
            var result = await move(descriptor, total, count, offset + total, cancellationToken).ConfigureAwait(false);
            if (result.Error != Errno.Success) return total > 0 ? total : result.Error;
            total += (int)result.Value;
            if (!isFile || result.Value < count || total == _length) return total;
        }
    }

    private async ValueTask<FsResult<long>> ReadOnceAsync(Descriptor descriptor, int start, int count, long? offset, CancellationToken cancellationToken)
    {
        var buffer = Take(count) ?? new byte[count];
        var reading = descriptor.ReadAtAsync([buffer.AsMemory(0, count)], offset!.Value, cancellationToken);
        var isAtOnce = reading.IsCompletedSuccessfully;
        var result = await reading.ConfigureAwait(false);
        if (result.Error != Errno.Success) return result.Error;
        Scatter(buffer.AsSpan(0, result.Value), start);
        if (isAtOnce) Keep(buffer);
        return result.Value;
    }

    private async ValueTask<FsResult<long>> WriteOnceAsync(Descriptor descriptor, int start, int count, long? offset, CancellationToken cancellationToken)
    {
        // All of it is overwritten.
        var buffer = Take(count) ?? GC.AllocateUninitializedArray<byte>(count);
        Gather(buffer.AsSpan(0, count), start);
        var source = new ReadOnlySequence<byte>(buffer, 0, count);
        var writing = offset is null ? descriptor.WriteAsync(source, cancellationToken) : descriptor.WriteAtAsync(source, offset.Value, cancellationToken);
        var isAtOnce = writing.IsCompletedSuccessfully;
        var result = await writing.ConfigureAwait(false);
        if (isAtOnce && result.Error == Errno.Success) Keep(buffer);
        return result;
    }

    // Taken out, so that whatever becomes of the call, nothing else gets it.
    private byte[]? Take(int length)
    {
        byte[]? buffer = null;
        if (length > MaxKeptBytes) _large?.TryGetTarget(out buffer);
        else buffer = _kept;
        if (buffer is null || buffer.Length < length) return null;
        if (length > MaxKeptBytes) _large!.SetTarget(null);
        else _kept = null;
        return buffer;
    }

    private void Keep(byte[] buffer)
    {
        if (buffer.Length <= MaxKeptBytes) _kept = buffer;
        else if (_large is null) _large = new WeakReference<byte[]?>(buffer);
        else _large.SetTarget(buffer);
    }

    private void Scatter(ReadOnlySpan<byte> source, int position)
    {
        foreach (ref readonly var vector in _vectors.AsSpan(0, _count))
        {
            if (source.IsEmpty) return;
            var piece = PieceFrom(vector, ref position);
            var count = Math.Min((int)piece.Length, source.Length);
            source[..count].CopyTo(piece.Span);
            _memory.NoteWritten([piece], count);
            source = source[count..];
        }
    }

    private void Gather(Span<byte> destination, int position)
    {
        foreach (ref readonly var vector in _vectors.AsSpan(0, _count))
        {
            if (destination.IsEmpty) return;
            var piece = PieceFrom(vector, ref position).Span;
            var count = Math.Min(piece.Length, destination.Length);
            piece[..count].CopyTo(destination);
            destination = destination[count..];
        }
    }

    // What a vector has behind a position in all of them, which is moved by it.
    private static unsafe IoVector PieceFrom(in IoVector vector, ref int position)
    {
        var skipped = Math.Min(position, (int)vector.Length);
        position -= skipped;
        return new IoVector(vector.Start + skipped, vector.Length - (nuint)skipped);
    }
}
