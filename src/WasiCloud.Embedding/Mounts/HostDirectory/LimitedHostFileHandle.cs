using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>
/// An open regular file of a directory with limits. What makes it longer is counted before, and corrected after, since others may change it too.
/// </summary>
internal sealed class LimitedHostFileHandle(HostTree tree, HostDescriptor descriptor, HostQuota quota, ChargedFile file) : HostFileHandle(tree, descriptor)
{
    public override async ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        var allowed = quota.TakeForWrite(file, offset, (int)source.Length, out var taken);
        if (allowed == 0) return Errno.NoSpc;
        try
        {
            return await base.WriteAsync(source.Slice(0, allowed), offset, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            quota.EndChange(file, Descriptor, taken);
        }
    }

    public override async ValueTask<FsResult<long>> AppendAsync(ReadOnlySequence<byte> source, CancellationToken cancellationToken)
    {
        if (!quota.TryTakeBytes(source.Length)) return Errno.NoSpc;
        try
        {
            return await base.AppendAsync(source, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            quota.EndChange(file, Descriptor, source.Length);
        }
    }

    public override async ValueTask<Errno> SetSizeAsync(long size, CancellationToken cancellationToken)
    {
        var taken = Math.Max(0, size - file.Length);
        if (!quota.TryTakeBytes(taken)) return Errno.NoSpc;
        try
        {
            return await base.SetSizeAsync(size, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            quota.EndChange(file, Descriptor, taken);
        }
    }

    public override async ValueTask<Errno> AllocateAsync(long offset, long length, CancellationToken cancellationToken)
    {
        // An end that is no number is the kernel's to refuse.
        var taken = offset > long.MaxValue - length ? 0 : Math.Max(0, offset + length - file.Length);
        if (!quota.TryTakeBytes(taken)) return Errno.NoSpc;
        var error = Errno.Canceled;
        try
        {
            error = await base.AllocateAsync(offset, length, cancellationToken).ConfigureAwait(false);
            return error;
        }
        finally
        {
            if (error != Errno.Success) quota.DropReserve(file, Descriptor);
            quota.EndChange(file, Descriptor, taken);
        }
    }

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        // As long as the descriptor is open: after that the number of a removed file may be that of a new one.
        quota.Close(file);
        return base.CloseAsync(reason, cancellationToken);
    }

    internal override bool TryWrite(IoVectors source, long offset, out FsResult<int> result)
    {
        result = default;
        if (source.TotalLength > TransferSize.PieceBytes) return false;
        var allowed = quota.TakeForWrite(file, offset, source.TotalLength, out var taken);
        if (allowed == 0)
        {
            result = Errno.NoSpc;
            return true;
        }

        if (allowed < source.TotalLength)
        {
            // The other half can write a part.
            quota.EndWrite(file, end: 0, taken);
            return false;
        }

        var isDone = base.TryWrite(source, offset, out result);
        quota.EndWrite(file, result.TryGet(out var written) ? offset + written : 0, taken);
        return isDone;
    }

    internal override bool TryAppend(IoVectors source, out FsResult<long> result)
    {
        if (!quota.TryTakeBytes(source.TotalLength))
        {
            result = Errno.NoSpc;
            return true;
        }

        var isDone = base.TryAppend(source, out result);
        quota.EndChange(file, Descriptor, source.TotalLength);
        return isDone;
    }
}
