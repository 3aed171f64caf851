using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.Memory;

/// <summary>
/// What every kind of node has: a number, names, times, and a count of who needs it. Each field is read and written as a whole, so no lock is needed.
/// </summary>
internal sealed class MemoryInode
{
    private readonly MemoryTree _tree;
    private readonly IMemoryNode _owner;
    private int _references;
    private int _linkCount;
    private bool _isAccessMarked;
    private ulong _accessed;
    private ulong _modified;
    private ulong _changed;

    public MemoryInode(MemoryTree tree, IMemoryNode owner)
    {
        (_tree, _owner) = (tree, owner);
        Number = tree.NextInode();
        _accessed = _modified = _changed = tree.Now();
    }

    public MemoryTree Tree => _tree;

    public ulong Number { get; }

    /// <summary>Whether somebody needs it besides one.</summary>
    public bool IsHeld => Volatile.Read(ref _references) > 1;

    /// <summary>What <c>st_nlink</c> shows. Changed under the tree's lock only.</summary>
    public int LinkCount
    {
        get => Volatile.Read(ref _linkCount);
        set => Volatile.Write(ref _linkCount, value);
    }

    /// <summary>Counts one more name, hand-out or open handle. Only who has one, or holds the tree's lock and sees a name, may ask for another.</summary>
    public void AddReference() => Interlocked.Increment(ref _references);

    public void RemoveReference()
    {
        if (Interlocked.Decrement(ref _references) == 0) _owner.Free();
    }

    /// <summary>
    /// Remembers that the content was read. The time is taken when somebody looks at it or closes the file, which POSIX allows (XBD 4.12, "marked for update")
    /// and which spares every small read the clock.
    /// </summary>
    public void MarkAccessed() => Volatile.Write(ref _isAccessMarked, true);

    public void SettleAccess()
    {
        if (!Volatile.Read(ref _isAccessMarked)) return;
        Volatile.Write(ref _isAccessMarked, false);
        Volatile.Write(ref _accessed, _tree.Now());
    }

    /// <summary>Content changed: POSIX marks the modification and the status change.</summary>
    public void Modify(ulong now)
    {
        Volatile.Write(ref _modified, now);
        Volatile.Write(ref _changed, now);
    }

    /// <summary>Names or attributes changed.</summary>
    public void Change(ulong now) => Volatile.Write(ref _changed, now);

    public NodeAttributes GetAttributes(long size)
    {
        SettleAccess();
        return new NodeAttributes(
            (ulong)size,
            Number,
            (ulong)LinkCount,
            Volatile.Read(ref _accessed),
            Volatile.Read(ref _modified),
            Volatile.Read(ref _changed));
    }

    public Errno SetAttributes(AttributeChanges changes)
    {
        if (changes.Accessed is { } accessed)
        {
            Volatile.Write(ref _isAccessMarked, false);
            Volatile.Write(ref _accessed, accessed);
        }

        if (changes.Modified is { } modified) Volatile.Write(ref _modified, modified);
        Change(_tree.Now());
        return Errno.Success;
    }
}
