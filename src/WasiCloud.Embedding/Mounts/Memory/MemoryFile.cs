using System.Buffers;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>A regular file. Its lock makes each read, write and append one step.</summary>
internal sealed class MemoryFile : VirtualFile, IMemoryNode
{
    private readonly MemoryTree _tree;
    private readonly PagedContent _content;
    private readonly Lock _gate = new();
    private long _size;

    // Of AllocateAsync: how many are under way, how often the file became shorter, and whether one that failed has left something behind the end.
    private int _allocations;
    private int _truncations;
    private bool _hasLeftovers;

    public MemoryFile(MemoryTree tree)
    {
        _tree = tree;
        _content = new PagedContent(tree.Quota);
        Inode = new MemoryInode(tree, this);
    }

    public MemoryInode Inode { get; }

    internal override bool IsSynchronous => true;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken)
    {
        lock (_gate) return new(Inode.GetAttributes(_size));
    }

    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(Inode.SetAttributes(changes));

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        if (options.Truncate) SetSize(0);
        Inode.AddReference();
        return new(new MemoryFileHandle(this, options.Access));
    }

    public override void Release() => Inode.RemoveReference();

    public void Free()
    {
        lock (_gate)
        {
            _content.Truncate(0);
            _size = 0;
        }

        _tree.Quota.GiveNode();
    }

    public FsResult<int> Read(Span<byte> destination, long offset)
    {
        if (offset < 0) return Errno.Inval;
        lock (_gate)
        {
            var count = ReadableBytes(destination.Length, offset);
            _content.Load(destination[..count], offset);
            return count;
        }
    }

    public FsResult<int> Read(IoVectors destination, long offset)
    {
        if (offset < 0) return Errno.Inval;
        lock (_gate)
        {
            var count = ReadableBytes(destination.TotalLength, offset);
            var left = count;
            for (var index = 0; left > 0; index++)
            {
                var piece = destination[index];
                if (piece.Length > left) piece = piece[..left];
                _content.Load(piece, offset);
                offset += piece.Length;
                left -= piece.Length;
            }

            return count;
        }
    }

    public FsResult<long> Write(ReadOnlySequence<byte> source, long offset)
    {
        lock (_gate)
        {
            var count = source.Length;
            var error = MakeRoom(offset, ref count);
            if (error != Errno.Success) return error;
            Store(source.Slice(0, count), offset);
            return count;
        }
    }

    public FsResult<int> Write(IoVectors source, long offset)
    {
        lock (_gate)
        {
            long count = source.TotalLength;
            var error = MakeRoom(offset, ref count);
            if (error != Errno.Success) return error;
            Store(source, offset, count);
            return (int)count;
        }
    }

    public FsResult<long> Append(ReadOnlySequence<byte> source)
    {
        lock (_gate)
        {
            var error = MakeRoomAtEnd(source.Length);
            if (error != Errno.Success) return error;
            Store(source, _size);
            return _size;
        }
    }

    public FsResult<long> Append(IoVectors source)
    {
        lock (_gate)
        {
            var error = MakeRoomAtEnd(source.TotalLength);
            if (error != Errno.Success) return error;
            Store(source, _size, source.TotalLength);
            return _size;
        }
    }

    public Errno SetSize(long size)
    {
        if (size < 0) return Errno.Inval;
        if (size > _tree.MaxFileBytes) return Errno.FBig;
        lock (_gate)
        {
            if (size < _size)
            {
                _content.Truncate(size);
                _truncations++;
            }

            _size = size;
            Inode.Modify(_tree.Now());
        }

        return Errno.Success;
    }

    /// <summary>Reserves room, piece by piece: no other user of the file waits for all of it.</summary>
    public async ValueTask<Errno> AllocateAsync(long offset, long length, CancellationToken cancellationToken)
    {
        if (offset < 0 || length <= 0) return Errno.Inval;
        if (length > _tree.MaxFileBytes - offset) return Errno.FBig;
        var isWhole = false;
        lock (_gate) _allocations++;
        try
        {
            while (!isWhole)
            {
                int truncations;
                lock (_gate)
                {
                    // All of it is asked for first, so that what cannot be is refused before anything is filled.
                    if (!_content.MayReserve(length)) return Errno.NoSpc;
                    truncations = _truncations;
                }

                for (var done = 0L; done < length; done += TransferSize.MaxBytes)
                {
                    if (done > 0)
                    {
                        if (_tree.Step is { } step) await step(cancellationToken).ConfigureAwait(false);
                        else await Pieces.PauseAsync(cancellationToken).ConfigureAwait(false);
                    }

                    lock (_gate)
                    {
                        if (!_content.TryReserve(offset + done, Math.Min(TransferSize.MaxBytes, length - done))) return Errno.NoSpc;
                        isWhole = length - done <= TransferSize.MaxBytes && truncations == _truncations;
                        if (isWhole) EndWriteAt(offset + length);
                    }
                }

                // Somebody made the file shorter meanwhile, and with that took of what was reserved.
                if (isWhole) break;
                if (_tree.Step is { } again) await again(cancellationToken).ConfigureAwait(false);
                else await Pieces.PauseAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            lock (_gate)
            {
                // What was reserved behind the end would belong to nobody. While others reserve there, it is theirs to end.
                _hasLeftovers |= !isWhole;
                if (--_allocations == 0 && _hasLeftovers)
                {
                    _content.Truncate(_size);
                    _hasLeftovers = false;
                }
            }
        }

        return Errno.Success;
    }

    private int ReadableBytes(int wanted, long offset)
    {
        var count = (int)Math.Clamp(_size - offset, 0, wanted);
        if (count > 0) Inode.MarkAccessed();
        return count;
    }

    // POSIX lets a write at a limit store what still fits.
    private Errno MakeRoom(long offset, ref long count)
    {
        if (offset < 0) return Errno.Inval;
        if (offset >= _tree.MaxFileBytes) return Errno.FBig;
        count = _content.MakeRoom(offset, Math.Min(count, _tree.MaxFileBytes - offset));
        return count == 0 ? Errno.NoSpc : Errno.Success;
    }

    private Errno MakeRoomAtEnd(long count)
    {
        if (count > _tree.MaxFileBytes - _size) return Errno.FBig;
        return _content.TryReserve(_size, count) ? Errno.Success : Errno.NoSpc;
    }

    private void Store(ReadOnlySequence<byte> source, long offset)
    {
        foreach (var piece in source)
        {
            _content.Store(piece.Span, offset);
            offset += piece.Length;
        }

        EndWriteAt(offset);
    }

    private void Store(IoVectors source, long offset, long count)
    {
        var end = offset + count;
        for (var index = 0; offset < end; index++)
        {
            var piece = source[index];
            if (piece.Length > end - offset) piece = piece[..(int)(end - offset)];
            _content.Store(piece, offset);
            offset += piece.Length;
        }

        EndWriteAt(end);
    }

    private void EndWriteAt(long end)
    {
        _size = Math.Max(_size, end);
        Inode.Modify(_tree.Now());
    }
}
