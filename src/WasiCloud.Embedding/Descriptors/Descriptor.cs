using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>An open file description (POSIX XBD 3.258): a node, its handle, and what belongs to this opening of it alone.</summary>
internal sealed class Descriptor
{
    private readonly NodeReference _reference;
    private readonly string _basePath;
    private readonly string _relativePath;

    public Descriptor(NodeReference reference, FileHandle? handle, string basePath, string relativePath)
    {
        (_reference, Handle, _basePath, _relativePath) = (reference, handle, basePath, relativePath);
        RightsBase = reference.Node is VirtualDirectory ? Rights.Directory : Rights.File;
        RightsInheriting = reference.Node is VirtualDirectory ? Rights.All : Rights.File;
    }

    public NodeReference Reference => _reference;

    public VirtualNode Node => _reference.Node;

    /// <summary>The handle; <see langword="null"/> for directories.</summary>
    public FileHandle? Handle { get; }

    public VirtualDirectory? Directory => _reference.Node as VirtualDirectory;

    public DescriptorFlags Flags { get; set; }

    public Rights RightsBase { get; set; }

    public Rights RightsInheriting { get; set; }

    /// <summary>The name under which the guest was given this directory, or <see langword="null"/> if it opened it itself.</summary>
    public string? PreopenName { get; init; }

    public long Offset { get; set; }

    /// <summary>The listing in progress, for directories.</summary>
    public DirectoryListing? Listing { get; set; }

    /// <summary>The path by which it was opened, for messages only: it may have been renamed since.</summary>
    public string Path => _relativePath.Length == 0 ? _basePath : _basePath.EndsWith('/') ? _basePath + _relativePath : _basePath + "/" + _relativePath;

    public bool IsNonBlocking => (Flags & DescriptorFlags.NonBlocking) != 0;

    /// <summary>Checks that bytes can be moved.</summary>
    /// <returns><see cref="Errno.IsDir"/>, or <see cref="Errno.BadF"/> if it was not opened for this (POSIX <c>read</c>, <c>write</c>).</returns>
    public Errno CheckTransfer(Rights right)
    {
        if (Handle is null) return Errno.IsDir;
        return (RightsBase & right) == right ? Errno.Success : Errno.BadF;
    }

    /// <summary>Checks a right of a directory or file.</summary>
    public Errno Check(Rights right) => (RightsBase & right) == right ? Errno.Success : Errno.NotCapable;

    /// <summary>Reads at the offset and moves it, or says that it would wait.</summary>
    public bool TryRead(IoVectors destination, out FsResult<int> result)
    {
        if (!Handle!.TryRead(destination, Handle.CanSeek ? Offset : 0, out result)) return false;
        if (result.Error == Errno.Success) Offset += result.Value;
        return true;
    }

    /// <summary>Writes at the offset, or appends, and moves the offset, or says that it would wait.</summary>
    public bool TryWrite(IoVectors source, out FsResult<int> result)
    {
        result = default;
        if ((Flags & DescriptorFlags.AnySync) != 0) return false;
        if ((Flags & DescriptorFlags.Append) != 0 && Handle!.CanSeek)
        {
            if (!Handle.TryAppend(source, out var end)) return false;
            result = end.Error == Errno.Success ? source.TotalLength : end.Error;
            if (end.Error == Errno.Success) Offset = end.Value;
            return end.Error != Errno.NotSup;
        }

        if (!Handle!.TryWrite(source, Handle.CanSeek ? Offset : 0, out result)) return false;
        if (result.Error == Errno.Success) Offset += result.Value;
        return true;
    }

    /// <summary>The waiting form of <see cref="TryRead"/>.</summary>
    public async ValueTask<FsResult<int>> ReadAsync(IReadOnlyList<Memory<byte>> destination, CancellationToken cancellationToken)
    {
        var result = await ReadAtAsync(destination, Offset, cancellationToken).ConfigureAwait(false);
        if (result.Error == Errno.Success) Offset += result.Value;
        return result;
    }

    /// <summary>Reads without moving the offset. Files are read until the buffers are full or the file ends; a stream gives what it has.</summary>
    public async ValueTask<FsResult<int>> ReadAtAsync(IReadOnlyList<Memory<byte>> destination, long offset, CancellationToken cancellationToken)
    {
        if (await WouldBlockAsync(FileReadiness.Read, cancellationToken).ConfigureAwait(false)) return Errno.Again;
        var total = 0;
        foreach (var buffer in destination)
        {
            if (buffer.IsEmpty) continue;
            var result = await Handle!.ReadAsync(buffer, Handle.CanSeek ? offset + total : 0, cancellationToken).ConfigureAwait(false);
            if (result.Error != Errno.Success) return total > 0 ? total : result.Error;
            total += result.Value;
            if (result.Value < buffer.Length || !Handle.CanSeek) break;
        }

        return total;
    }

    /// <summary>The waiting form of <see cref="TryWrite"/>.</summary>
    public async ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, CancellationToken cancellationToken)
    {
        if ((Flags & DescriptorFlags.Append) != 0 && Handle!.CanSeek)
        {
            var end = await AppendAsync(source, cancellationToken).ConfigureAwait(false);
            if (end.Error != Errno.Success) return end.Error;
            Offset = end.Value;
            return await SyncIfAskedAsync(source.Length, cancellationToken).ConfigureAwait(false);
        }

        var result = await WriteAtAsync(source, Offset, cancellationToken).ConfigureAwait(false);
        if (result.Error == Errno.Success) Offset += result.Value;
        return result;
    }

    /// <summary>Writes without moving the offset.</summary>
    public async ValueTask<FsResult<long>> WriteAtAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        if (await WouldBlockAsync(FileReadiness.Write, cancellationToken).ConfigureAwait(false)) return Errno.Again;
        var result = await Handle!.WriteAsync(source, Handle.CanSeek ? offset : 0, cancellationToken).ConfigureAwait(false);
        return result.Error == Errno.Success ? await SyncIfAskedAsync(result.Value, cancellationToken).ConfigureAwait(false) : result;
    }

    /// <summary>What <c>fd_filestat_get</c> shows.</summary>
    public async ValueTask<FsResult<FileStatus>> GetStatusAsync(Suspension suspension)
    {
        if (Handle is not null)
        {
            if (!suspension.Permits(Handle)) return Suspension.Required;
            var own = await Handle.GetAttributesAsync(suspension.CancellationToken).ConfigureAwait(false);
            if (own.Error == Errno.Success) return FileStatus.Of(_reference, own.Value);
            if (own.Error != Errno.NotSup) return own.Error;
        }

        return await FileStatus.GetAsync(_reference, suspension).ConfigureAwait(false);
    }

    /// <summary>Closes the handle and gives the node back.</summary>
    public async ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        try
        {
            if (Listing is not null) await Listing.DisposeAsync().ConfigureAwait(false);
            return Handle is null ? Errno.Success : await Handle.CloseAsync(reason, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _reference.Release();
        }
    }

    private async ValueTask<FsResult<long>> AppendAsync(ReadOnlySequence<byte> source, CancellationToken cancellationToken)
    {
        var end = await Handle!.AppendAsync(source, cancellationToken).ConfigureAwait(false);
        if (end.Error != Errno.NotSup) return end;
        var status = await GetStatusAsync(Suspension.Allowed(cancellationToken)).ConfigureAwait(false);
        if (status.Error != Errno.Success) return status.Error;
        var size = (long)status.Value.Attributes.Size;
        var written = await Handle.WriteAsync(source, size, cancellationToken).ConfigureAwait(false);
        return written.Error == Errno.Success ? size + written.Value : written.Error;
    }

    private async ValueTask<FsResult<long>> SyncIfAskedAsync(long written, CancellationToken cancellationToken)
    {
        if ((Flags & DescriptorFlags.AnySync) == 0) return written;
        var error = await Handle!.FlushAsync(cancellationToken).ConfigureAwait(false);
        return error == Errno.Success ? written : error;
    }

    /// <summary>Whether <c>O_NONBLOCK</c> is set and the handle is not ready at this moment.</summary>
    private async ValueTask<bool> WouldBlockAsync(FileReadiness interest, CancellationToken cancellationToken)
    {
        if (!IsNonBlocking) return false;
        if (Handle!.TryPoll(interest, out var known)) return known is { Error: Errno.Success, Value: FileReadiness.None };
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var poll = Handle.PollAsync(interest, attempt.Token);
        if (!poll.IsCompleted) await attempt.CancelAsync().ConfigureAwait(false);
        try
        {
            return (await poll.ConfigureAwait(false)) is { Error: Errno.Success, Value: FileReadiness.None };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return true;
        }
    }
}
