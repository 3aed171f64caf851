using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>
/// Moves bytes through a descriptor without waiting: what the offset, <c>O_APPEND</c> and <c>O_SYNC</c> mean. Each says <see langword="false"/> where
/// <see cref="PendingTransfer"/> has to do it.
/// </summary>
internal static class DescriptorTransfer
{
    /// <summary>Whether writes go to the end. A stream has none: there, <c>O_APPEND</c> changes nothing.</summary>
    public static bool Appends(this Descriptor descriptor) => (descriptor.Flags & DescriptorFlags.Append) != 0 && descriptor.Handle!.CanSeek;

    /// <summary>Reads at the offset and moves it.</summary>
    public static bool TryRead(this Descriptor descriptor, IoVectors destination, out FsResult<int> result)
    {
        if (!descriptor.TryReadAt(destination, descriptor.Offset, out result)) return false;
        if (result.Error == Errno.Success) descriptor.Offset += result.Value;
        return true;
    }

    /// <summary>Reads without moving the offset.</summary>
    public static bool TryReadAt(this Descriptor descriptor, IoVectors destination, long offset, out FsResult<int> result)
    {
        var handle = descriptor.Handle!;
        if (!handle.CanSeek) return handle.TryRead(destination, 0, out result);
        if (EndsInRange(offset, destination.TotalLength)) return handle.TryRead(destination, offset, out result);
        result = Errno.Overflow;
        return true;
    }

    /// <summary>Writes at the offset, or appends, and moves the offset.</summary>
    public static bool TryWrite(this Descriptor descriptor, IoVectors source, out FsResult<int> result)
    {
        if (descriptor.Appends()) return TryAppend(descriptor, source, out result);
        if (!descriptor.TryWriteAt(source, descriptor.Offset, out result)) return false;
        if (result.Error == Errno.Success) descriptor.Offset += result.Value;
        return true;
    }

    /// <summary>Writes without moving the offset.</summary>
    public static bool TryWriteAt(this Descriptor descriptor, IoVectors source, long offset, out FsResult<int> result)
    {
        result = default;
        if ((descriptor.Flags & DescriptorFlags.AnySync) != 0) return false;
        var handle = descriptor.Handle!;
        if (!handle.CanSeek) return handle.TryWrite(source, 0, out result);
        if (EndsInRange(offset, source.TotalLength)) return handle.TryWrite(source, offset, out result);
        result = Errno.FBig;
        return true;
    }

    /// <summary>
    /// Whether a transfer ends at an offset that exists, so that no mount adds up beyond what its offsets hold (POSIX <c>read</c>: EOVERFLOW, <c>write</c>:
    /// EFBIG).
    /// </summary>
    public static bool EndsInRange(long offset, long length) => offset <= long.MaxValue - length;

    private static bool TryAppend(Descriptor descriptor, IoVectors source, out FsResult<int> result)
    {
        result = default;
        if ((descriptor.Flags & DescriptorFlags.AnySync) != 0 || !descriptor.Handle!.TryAppend(source, out var end) || end.Error == Errno.NotSup) return false;
        result = end.Error == Errno.Success ? source.TotalLength : end.Error;
        if (end.Error == Errno.Success) descriptor.Offset = end.Value;
        return true;
    }
}
