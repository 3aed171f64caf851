using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>Counts what a directory of the host holds, against <see cref="HostDirectoryOptions"/>. Thread-safe: the guests of a host share it.</summary>
internal sealed class HostQuota(HostDirectoryOptions options, HostInode root, TimeProvider timeProvider)
{
    private readonly Dictionary<HostFileKey, ChargedFile> _files = [];
    private readonly QuotaCounter _bytes = new(options.MaxBytes ?? long.MaxValue);
    private readonly QuotaCounter _nodes = new(options.MaxNodes ?? long.MaxValue);
    private readonly QuotaWalk _walk = new();
    private readonly WalkSchedule _schedule = new(timeProvider);
    private Action? _count;

    /// <summary>Held while a name comes or goes, so that between the look at it and its removal no guest of this host gives it to another file.</summary>
    public Lock Names { get; } = new();

    public long UsedBytes => _bytes.Used;

    public long UsedNodes => _nodes.Used;

    /// <summary>The last walk that was begun.</summary>
    public Task Counting => _schedule.Last;

    /// <summary>Walks through the directory, and believes what it finds if <paramref name="isFirst"/> or if that is everything.</summary>
    public void Count(bool isFirst)
    {
        var start = timeProvider.GetTimestamp();
        BeginWalk();
        var isExact = EndWalk(HostFolderCount.Of(root, this), isFirst);
        _schedule.Ended(start, isFirst, isExact);
    }

    /// <summary>From now on a walk counts what is there.</summary>
    internal void BeginWalk()
    {
        lock (Names)
        {
            _walk.Begin(_files.Values);
            _bytes.BeginCount();
            _nodes.BeginCount();
        }
    }

    /// <summary>Believes a walk. Open files are counted as they are known here, since they change while the walk goes on.</summary>
    /// <returns>Whether it is exact.</returns>
    internal bool EndWalk(HostFolderCount count, bool isFirst)
    {
        lock (Names)
        {
            if (!(_walk.TryEnd() & count.IsComplete) && !isFirst)
            {
                _bytes.DropCount();
                _nodes.DropCount();
                return false;
            }

            var (bytes, removed) = (_files.Values.Sum(_walk.MissedOf), _files.Values.Count(static file => file.IsRemoved));
            return _bytes.EndCount(count.Bytes + bytes) & _nodes.EndCount(count.Nodes + removed);
        }
    }

    /// <summary>Whether guests have a file open that a walk came to. If so, what counts for it is what it is now, also if another program changed it.</summary>
    public bool IsOpen(HostFileKey key, HostDescriptor directory, string name)
    {
        lock (Names)
        {
            if (!_files.TryGetValue(key, out var file)) return false;
            _walk.LeaveOut(file);
            if (Libc.TryGetStatus(directory, name, out var status) == Errno.Success && status.Key == key) Update(file, status, taken: 0);
            return true;
        }
    }

    /// <summary>Says that something got another name, under the lock of names: a walk may miss it.</summary>
    public void MayBeMissed(in FileStatus status)
    {
        if (!_walk.TryMove(status)) return;
        _nodes.MayBeMissed(1);
        if (_files.TryGetValue(status.Key, out var file)) _walk.LeaveOut(file);
        else _bytes.MayBeMissed(status.ContentBytes);
    }

    /// <summary>Takes a name and, for a symbolic link, its target.</summary>
    public bool TryTakeNode(long bytes)
    {
        if (!_nodes.TryTake(1)) return Refuse(GuestLimit.StoredKeys);
        if (TryTakeBytes(bytes)) return true;
        _nodes.Return(1);
        return false;
    }

    /// <summary>What <see cref="TryTakeNode"/> took now has its name, or never will.</summary>
    public void EndNode(bool hasName, long bytes)
    {
        if (!hasName)
        {
            _nodes.Return(1);
            _bytes.Return(bytes);
            return;
        }

        _nodes.SettleName(1);
        _bytes.SettleName(bytes);
    }

    public void GiveNode(long bytes)
    {
        _nodes.Give(1);
        _bytes.Give(bytes);
        if (_nodes.IsDoubtful || _bytes.IsDoubtful) BeginCount();
    }

    public bool TryTakeBytes(long count) => _bytes.TryTake(count) || Refuse(GuestLimit.StoredBytes);

    /// <summary>Takes what a write may need.</summary>
    /// <returns>How many bytes of it may be written.</returns>
    public int TakeForWrite(ChargedFile file, long offset, int length, out long taken)
    {
        taken = 0;

        // The kernel says what is wrong with an end that is no number.
        if (offset > long.MaxValue - length) return length;
        var needed = offset + length - file.Length;
        if (needed <= 0) return length;
        taken = _bytes.TakeUpTo(needed);
        if (taken == needed) return length;
        Refuse(GuestLimit.StoredBytes);
        var allowed = length - (needed - taken);
        if (allowed > 0) return (int)allowed;
        _bytes.Return(taken);
        taken = 0;
        return 0;
    }

    /// <summary>Counts what a write that ended at <paramref name="end"/> needed of what was taken for it.</summary>
    public void EndWrite(ChargedFile file, long end, long taken)
    {
        if (taken == 0 && end <= file.Length) return;
        lock (Names)
        {
            var grown = Math.Max(0, end - file.Length);
            file.Length += grown;
            Correct(grown, taken);
        }
    }

    /// <summary>Counts the length that a file has by now, instead of what was taken.</summary>
    public void EndChange(ChargedFile file, HostDescriptor descriptor, long taken)
    {
        lock (Names)
        {
            if (Libc.TryGetStatus(descriptor, out var status) == Errno.Success) Update(file, status, taken);
            else Correct(grown: 0, taken);
        }

        if (_bytes.IsDoubtful) BeginCount();
    }

    /// <summary>
    /// Gives the system back what it reserved behind the end of a file before the rest failed: nothing counts it. Of a file that others have open, where they
    /// may be writing there, it stays.
    /// </summary>
    public void DropReserve(ChargedFile file, HostDescriptor descriptor)
    {
        lock (Names)
        {
            if (file.Handles == 1 && Libc.TryGetStatus(descriptor, out var status) == Errno.Success) Libc.SetSize(descriptor, status.ContentBytes);
        }
    }

    /// <summary>Remembers that a file is opened.</summary>
    public Errno Open(HostDescriptor descriptor, out ChargedFile? file)
    {
        file = null;
        lock (Names)
        {
            var error = Libc.TryGetStatus(descriptor, out var status);
            if (error != Errno.Success) return error;
            if (!_files.TryGetValue(status.Key, out file))
            {
                file = new ChargedFile(status.Key, status.ContentBytes);
                _files.Add(status.Key, file);

                // Removed between being found and being opened: it counts again.
                if (status.LinkCount == 0) Keep(file);
            }

            file.Handles++;
            return Errno.Success;
        }
    }

    /// <summary>Forgets a handle that is closed.</summary>
    public void Close(ChargedFile file)
    {
        lock (Names)
        {
            if (--file.Handles > 0) return;
            _files.Remove(file.Key);

            // Under the lock, or a walk that ends between the two does not count it, and it is given back all the same.
            if (file.IsRemoved) GiveNode(file.Length);
            else if (_walk.IsUnderWay) _bytes.MayBeMissed(_walk.MissedOf(file));
        }
    }

    /// <summary>Removes a name.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="name">The name.</param>
    /// <param name="flags">Those of <c>unlinkat</c>.</param>
    public Errno Remove(HostDescriptor directory, string name, int flags)
    {
        HostDescriptor? node = null;
        try
        {
            lock (Names)
            {
                var error = Libc.TryHold(directory, name, out node, out var status);
                if (node is null) return error;
                error = LinuxErrno.FromResult(Libc.UnlinkAt(directory, name, flags));
                if (error == Errno.Success) Removed(status);
                return error;
            }
        }
        finally
        {
            // It is the close that frees what a large file takes, which lasts: without the lock.
            node?.Dispose();
        }
    }

    /// <summary>Renames, which may remove what had the name.</summary>
    public Errno Rename(HostDescriptor directory, string name, HostDescriptor destination, string newName)
    {
        HostDescriptor? replaced = null;
        try
        {
            lock (Names)
            {
                Libc.TryHold(destination, newName, out replaced, out var status);
                var isOther = Libc.TryGetStatus(directory, name, out var moved) == Errno.Success && moved.Key != status.Key;
                if (moved.Type == FileType.Directory && _walk.HoldsDirectories) return Errno.Busy;
                var error = LinuxErrno.FromResult(Libc.RenameAt(directory, name, destination, newName));
                if (error != Errno.Success) return error;
                if (replaced is not null && isOther) Removed(status);
                MayBeMissed(moved);
                return error;
            }
        }
        finally
        {
            replaced?.Dispose();
        }
    }

    private void Update(ChargedFile file, in FileStatus status, long taken)
    {
        var grown = status.ContentBytes - file.Length;
        file.Length = status.ContentBytes;
        Correct(grown, taken);
    }

    // What a file grew by is counted, instead of what was taken for it.
    private void Correct(long grown, long taken)
    {
        var needed = Math.Clamp(grown, 0, taken);
        _bytes.Settle(needed);
        _bytes.Return(taken - needed);
        if (grown > taken) _bytes.Take(grown - taken);
        else if (grown < 0) _bytes.Give(-grown);
    }

    private void Keep(ChargedFile file)
    {
        file.IsRemoved = true;
        _nodes.Take(1);
        _bytes.Take(file.Length);
    }

    private void Removed(FileStatus status)
    {
        if (status.Type != FileType.Directory && status.LinkCount > 1) GiveNode(0);
        else if (_files.TryGetValue(status.Key, out var file)) file.IsRemoved = true;
        else GiveNode(status.ContentBytes);
    }

    // Perhaps there is room that this does not know of.
    private bool Refuse(GuestLimit limit)
    {
        GuestLimitMeter.Count(limit);
        BeginCount();
        return false;
    }

    private void BeginCount() => _schedule.TryBegin(_count ??= () => Count(isFirst: false));
}
