using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>Moves bytes through a descriptor, waiting where <see cref="DescriptorTransfer"/> would not.</summary>
internal static class PendingTransfer
{
    /// <summary>Reads at the offset and moves it.</summary>
    public static async ValueTask<FsResult<int>> ReadAsync(
        this Descriptor descriptor, IReadOnlyList<Memory<byte>> destination, CancellationToken cancellationToken)
    {
        var result = await descriptor.ReadAtAsync(destination, descriptor.Offset, cancellationToken).ConfigureAwait(false);
        if (result.Error == Errno.Success) descriptor.Offset += result.Value;
        return result;
    }

    /// <summary>Reads without moving the offset. Files are read until the buffers are full or the file ends; a stream gives what it has.</summary>
    public static async ValueTask<FsResult<int>> ReadAtAsync(
        this Descriptor descriptor, IReadOnlyList<Memory<byte>> destination, long offset, CancellationToken cancellationToken)
    {
        var handle = descriptor.Handle!;
        if (handle.CanSeek && !DescriptorTransfer.EndsInRange(offset, destination.Sum(buffer => (long)buffer.Length))) return Errno.Overflow;
        if (await WouldBlockAsync(descriptor, FileReadiness.Read, cancellationToken).ConfigureAwait(false)) return Errno.Again;
        if (handle.CanSeek) return await ReadFileAsync(handle, destination, offset, cancellationToken).ConfigureAwait(false);
        var result = await handle.ScatterAsync(destination, cancellationToken).ConfigureAwait(false);
        if (result.Error == Errno.Success) CheckCount(handle, result.Value, least: 0, most: destination.Sum(buffer => (long)buffer.Length));
        return result;
    }

    /// <summary>Writes at the offset, or appends, and moves the offset.</summary>
    public static async ValueTask<FsResult<long>> WriteAsync(this Descriptor descriptor, ReadOnlySequence<byte> source, CancellationToken cancellationToken)
    {
        if (descriptor.Appends()) return await AppendAsync(descriptor, source, cancellationToken).ConfigureAwait(false);
        var result = await descriptor.WriteAtAsync(source, descriptor.Offset, cancellationToken).ConfigureAwait(false);
        if (result.Error == Errno.Success) descriptor.Offset += result.Value;
        return result;
    }

    /// <summary>Writes without moving the offset.</summary>
    public static async ValueTask<FsResult<long>> WriteAtAsync(
        this Descriptor descriptor, ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        var handle = descriptor.Handle!;
        if (handle.CanSeek && !DescriptorTransfer.EndsInRange(offset, source.Length)) return Errno.FBig;
        if (!descriptor.IsNonBlocking || !handle.TryWriteAtOnce(source, out var result))
        {
            if (await WouldBlockAsync(descriptor, FileReadiness.Write, cancellationToken).ConfigureAwait(false)) return Errno.Again;
            result = await handle.WriteAsync(source, handle.CanSeek ? offset : 0, cancellationToken).ConfigureAwait(false);
        }

        if (result.Error != Errno.Success) return result;
        CheckCount(handle, result.Value, least: 1, most: source.Length);
        return await SyncIfAskedAsync(descriptor, result.Value, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<FsResult<int>> ReadFileAsync(
        FileHandle handle, IReadOnlyList<Memory<byte>> destination, long offset, CancellationToken cancellationToken)
    {
        var (total, row) = (0, 0);
        foreach (var buffer in destination)
        {
            if (buffer.IsEmpty) continue;
            var result = await handle.ReadAsync(buffer, offset + total, cancellationToken).ConfigureAwait(false);
            if (result.Error != Errno.Success) return total > 0 ? total : result.Error;
            CheckCount(handle, result.Value, least: 0, most: buffer.Length);
            total += result.Value;
            if (result.Value < buffer.Length) break;
            row += result.Value;
            if (row < TransferSize.PieceBytes) continue;
            row = 0;
            await Pieces.PauseAsync(cancellationToken).ConfigureAwait(false);
        }

        return total;
    }

    private static async ValueTask<FsResult<long>> AppendAsync(Descriptor descriptor, ReadOnlySequence<byte> source, CancellationToken cancellationToken)
    {
        if (await WouldBlockAsync(descriptor, FileReadiness.Write, cancellationToken).ConfigureAwait(false)) return Errno.Again;
        var end = await descriptor.Handle!.AppendAsync(source, cancellationToken).ConfigureAwait(false);
        if (end.Error == Errno.NotSup) return await WriteAtEndAsync(descriptor, source, cancellationToken).ConfigureAwait(false);
        if (end.Error != Errno.Success) return end.Error;
        if (end.Value < source.Length)
            throw new InvalidOperationException($"{descriptor.Handle.GetType()} says that the file ends at {end.Value} behind {source.Length} bytes.");
        descriptor.Offset = end.Value;
        return await SyncIfAskedAsync(descriptor, source.Length, cancellationToken).ConfigureAwait(false);
    }

    // For mounts that cannot append: not atomic, and possibly a part of it only, as any write.
    private static async ValueTask<FsResult<long>> WriteAtEndAsync(Descriptor descriptor, ReadOnlySequence<byte> source, CancellationToken cancellationToken)
    {
        var status = await descriptor.GetStatusAsync(Suspension.Allowed(cancellationToken)).ConfigureAwait(false);
        if (status.Error != Errno.Success) return status.Error;
        if (status.Value.Attributes.Size > long.MaxValue) return Errno.FBig;
        var size = (long)status.Value.Attributes.Size;
        var written = await descriptor.WriteAtAsync(source, size, cancellationToken).ConfigureAwait(false);
        if (written.Error == Errno.Success) descriptor.Offset = size + written.Value;
        return written;
    }

    private static async ValueTask<FsResult<long>> SyncIfAskedAsync(Descriptor descriptor, long written, CancellationToken cancellationToken)
    {
        var asked = descriptor.Flags & DescriptorFlags.AnySync;
        if (asked == DescriptorFlags.None) return written;
        var handle = descriptor.Handle!;
        var flush = asked == DescriptorFlags.DataSync ? handle.FlushDataAsync(cancellationToken) : handle.FlushAsync(cancellationToken);
        var error = await flush.ConfigureAwait(false);
        return error == Errno.Success ? written : error;
    }

    /// <summary>Whether <c>O_NONBLOCK</c> is set and the handle is not ready at this moment.</summary>
    public static async ValueTask<bool> WouldBlockAsync(this Descriptor descriptor, FileReadiness interest, CancellationToken cancellationToken)
    {
        if (!descriptor.IsNonBlocking) return false;
        var handle = descriptor.Handle!;
        if (handle.TryPoll(interest, out var known)) return known is { Error: Errno.Success, Value: FileReadiness.None };
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var poll = handle.PollAsync(interest, attempt.Token).AsTask();
        if (!poll.IsCompleted) await Poll.EndAsync(attempt, poll).ConfigureAwait(false);
        try
        {
            return (await poll.ConfigureAwait(false)) is { Error: Errno.Success, Value: FileReadiness.None };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return true;
        }
    }

    // A count that cannot be would make the guest read what nobody wrote, or repeat an empty write for ever.
    private static void CheckCount(FileHandle handle, long count, long least, long most)
    {
        if (count < least || count > most) throw new InvalidOperationException($"{handle.GetType()} says that it moved {count} of {most} bytes.");
    }
}
