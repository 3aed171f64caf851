using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>A value in memory: read when the file was opened, committed when it is flushed or closed.</summary>
internal sealed class KeyValueFileHandle : FileHandle
{
    private readonly KeyValueAttachment _attachment;
    private readonly FileContent _content;
    private readonly FileAccess _access;

    // Null for a handle that cannot change anything.
    private readonly OpenFile? _file;
    private ulong _number;
    private DateTimeOffset _modified;
    private PendingChange _pending;

    // How much of the content was there before the appends.
    private int _readLength;

    // Why somebody else's commit stands instead of this one. It is final: the close after such an fsync must not create, unnoticed, what has become free
    // meanwhile.
    private Errno _lost;

    private KeyValueFileHandle(KeyValueAttachment attachment, OpenFile? file, FileAccess access)
    {
        (_attachment, _file, _access) = (attachment, file, access);
        _content = new FileContent(attachment);
    }

    private enum PendingChange
    {
        None,

        // Only appends, which can be repeated behind any other content.
        Append,
        Overwrite,
    }

    internal override bool IsSynchronous => _attachment.IsSynchronous;

    /// <summary>What the backend is given is the content, which is a copy.</summary>
    internal override bool MayBorrowGuestMemory => true;

    /// <summary>Opens an entry, or a file in creation.</summary>
    public static FsResult<FileHandle> Open(KeyValueAttachment attachment, string key, OpenFile? file, KeyValueEntry? entry, FileOpenOptions options)
    {
        var handle = new KeyValueFileHandle(attachment, file, options.Access);
        if (options.Truncate) handle._pending = PendingChange.Overwrite;
        else if (entry?.Value is { } value && handle._content.Reset(value) is var error and not Errno.Success) return error;
        handle._readLength = handle._content.Length;
        handle._modified = entry?.Modified ?? file?.Created ?? default;
        handle._number = attachment.Numbers.Open(key);
        return handle;
    }

    public override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        if (!_access.HasFlag(FileAccess.Read)) return (FsResult<int>)Errno.BadF;
        var source = From(offset);
        var count = Math.Min(source.Length, destination.Length);
        source[..count].CopyTo(destination.Span);
        return (FsResult<int>)count;
    }

    public override ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
    {
        var error = Overwrite(offset, source.Length, out var window);
        if (error != Errno.Success) return (FsResult<long>)error;
        source.CopyTo(window);
        return (FsResult<long>)source.Length;
    }

    public override ValueTask<FsResult<long>> AppendAsync(ReadOnlySequence<byte> source, CancellationToken cancellationToken)
    {
        var error = Append(source.Length, out var window);
        if (error != Errno.Success) return (FsResult<long>)error;
        source.CopyTo(window);
        return (FsResult<long>)_content.Length;
    }

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken)
    {
        var isRemoved = _file is null ? _attachment.Numbers.IsRemoved(_number) : _file.Key is null;
        return (FsResult<NodeAttributes>)(FileTimes.ToAttributes(_content.Length, _modified) with { Inode = _number, LinkCount = isRemoved ? 0UL : 1 });
    }

    public override ValueTask<Errno> SetSizeAsync(long size, CancellationToken cancellationToken)
    {
        if (!CanWrite) return new(Errno.BadF);
        var error = _content.SetLength(size);
        if (error == Errno.Success) Mark(PendingChange.Overwrite);
        return new(error);
    }

    public override ValueTask<Errno> AllocateAsync(long offset, long length, CancellationToken cancellationToken)
    {
        var end = offset + length;
        if (end < offset) return new(Errno.FBig);
        return end > _content.Length || !CanWrite ? SetSizeAsync(end, cancellationToken) : new(Errno.Success);
    }

    public override ValueTask<Errno> FlushAsync(CancellationToken cancellationToken)
    {
        if (_lost != Errno.Success) return new(_lost);
        if (_file is null || (_pending == PendingChange.None && !_file.IsNew)) return new(Errno.Success);
        return CommitAsync(_file, cancellationToken);
    }

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        if (_file is null)
        {
            Release();
            return new(Errno.Success);
        }

        return CommitAndReleaseAsync(_file, reason, cancellationToken);
    }

    internal override bool TryRead(IoVectors destination, long offset, out FsResult<int> result)
    {
        result = !_access.HasFlag(FileAccess.Read) ? Errno.BadF : destination.CopyFrom(From(offset));
        return true;
    }

    internal override bool TryWrite(IoVectors source, long offset, out FsResult<int> result)
    {
        var error = Overwrite(offset, source.TotalLength, out var window);
        if (error == Errno.Success) source.CopyTo(window);
        result = error == Errno.Success ? source.TotalLength : error;
        return true;
    }

    internal override bool TryAppend(IoVectors source, out FsResult<long> result)
    {
        var error = Append(source.TotalLength, out var window);
        if (error == Errno.Success) source.CopyTo(window);
        result = error == Errno.Success ? _content.Length : error;
        return true;
    }

    internal override bool TryPoll(FileReadiness interest, out FsResult<FileReadiness> readiness)
    {
        readiness = interest;
        return true;
    }

    public override long? KnownSize => _content.Length;

    private bool CanWrite => _file is not null && _access.HasFlag(FileAccess.Write);

    private ReadOnlySpan<byte> From(long offset) => offset < _content.Length ? _content.Memory.Span[(int)offset..] : default;

    private Errno Overwrite(long offset, long length, out Span<byte> window)
    {
        window = default;
        if (!CanWrite) return Errno.BadF;
        var error = _content.GetWindow(offset, length, out window);
        if (error == Errno.Success) Mark(PendingChange.Overwrite);
        return error;
    }

    private Errno Append(long length, out Span<byte> window)
    {
        window = default;
        if (!CanWrite) return Errno.BadF;
        var error = _content.GetWindow(_content.Length, length, out window);
        if (error == Errno.Success) Mark(PendingChange.Append);
        return error;
    }

    private void Mark(PendingChange change)
    {
        _modified = _attachment.TimeProvider.GetUtcNow();
        if (change > _pending) _pending = change;
    }

    private async ValueTask<Errno> CommitAsync(OpenFile file, CancellationToken cancellationToken)
    {
        Errno error;
        try
        {
            error = await (_pending switch
            {
                PendingChange.None => FileCommit.TouchAsync(_attachment, file, cancellationToken),
                PendingChange.Append => FileAppend.CommitAsync(_attachment, file, _content, _readLength, cancellationToken),
                _ => FileCommit.PutAsync(_attachment, file, _content.Memory, cancellationToken),
            }).ConfigureAwait(false);
        }
        catch
        {
            _content.Freeze();
            throw;
        }

        if (error is Errno.Exist or Errno.Stale or Errno.IsDir or Errno.NotDir) (_lost, file.IsNew) = (error, false);
        if (error != Errno.Success) return error;
        file.IsNew = false;
        FollowName(file);
        _pending = PendingChange.None;
        _readLength = _content.Length;
        return Errno.Success;
    }

    private async ValueTask<Errno> CommitAndReleaseAsync(OpenFile file, CloseReason reason, CancellationToken cancellationToken)
    {
        try
        {
            return reason == CloseReason.Closed ? await FlushAsync(cancellationToken).ConfigureAwait(false) : Errno.Success;
        }
        finally
        {
            _attachment.Remove(file);
            Release();
        }
    }

    private void Release()
    {
        _attachment.Numbers.Close(_number);
        _content.Release();
    }

    // A file that others removed while it was open is another one once it is committed.
    private void FollowName(OpenFile file)
    {
        if (file.Key is not { } key || _attachment.Numbers.Of(key) == _number) return;
        _attachment.Numbers.Close(_number);
        _number = _attachment.Numbers.Open(key);
    }
}
