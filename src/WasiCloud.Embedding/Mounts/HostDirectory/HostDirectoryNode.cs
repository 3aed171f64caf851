using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Linux;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>A directory. Each operation is one system call on names relative to its descriptor; looking up a node of whatever kind is two.</summary>
internal sealed class HostDirectoryNode(HostInode inode, bool isRoot = false) : VirtualDirectory, IHostNode
{
    private const uint NewFileMode = 0x1B6; // 0666
    private const uint NewDirectoryMode = 0x1FF; // 0777

    public HostInode Inode => inode;

    internal override bool IsSynchronous => true;

    // As a file's.
    internal override bool FlushesSynchronously => Tree.FlushesAtOnce(Descriptor);

    private HostTree Tree => inode.Tree;

    private HostDescriptor Descriptor => inode.Descriptor;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(inode.GetAttributes());

    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(inode.SetAttributes(changes));

    public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken)
    {
        var refused = HostName.Check(name);
        if (refused != Errno.Success) return new(refused);
        var error = Libc.TryHold(Descriptor, name, out var descriptor, out var status);
        if (descriptor is null) return new(error);
        var found = new HostInode(Tree, descriptor);
        return status.Type switch
        {
            FileType.Directory => new(new HostDirectoryNode(found)),
            FileType.SymbolicLink => new(new HostSymlink(found)),
            FileType.CharacterDevice when status.HarmlessDevice is { } device => new(new HostDevice(found, device)),
            var type => new(new HostFile(found, type)),
        };
    }

    /// <inheritdoc/>
    /// <remarks>One system call: what opens as a directory need not be asked what it is.</remarks>
    public override ValueTask<FsResult<VirtualNode>> TraverseAsync(string name, CancellationToken cancellationToken)
    {
        var refused = HostName.Check(name);
        if (refused != Errno.Success) return new(refused);
        const int flags = LinuxOpenFlags.PathOnly | LinuxOpenFlags.CloseOnExec;
        var descriptor = Libc.OpenAt(Descriptor, name, flags | LinuxOpenFlags.Directory | LinuxOpenFlags.NoFollow);
        if (descriptor is not null) return new(new HostDirectoryNode(new HostInode(Tree, descriptor)));

        // A symbolic link is not a directory either, but leads on.
        var error = LinuxErrno.Last();
        return error == Errno.NotDir ? LookupAsync(name, cancellationToken) : new(error);
    }

    public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        using var cursor = new HostDirectoryCursor(inode);
        var position = 0UL;
        Errno error;
        while ((error = cursor.Read(position, out var entry, out position)) == Errno.Success) yield return entry;
        if (error != Errno.NoEnt) throw new IOException($"The directory cannot be read: {error}.");
    }

    public override ValueTask<FsResult<VirtualFile>> CreateFileAsync(string name, bool exclusive, CancellationToken cancellationToken)
    {
        var error = CheckAddition(name);
        if (error != Errno.Success) return new(error);
        HostDescriptor? descriptor;
        Tree.Quota?.Names.Enter();
        try
        {
            // O_EXCL also means that an existing symbolic link is not followed.
            const int flags = LinuxOpenFlags.Create | LinuxOpenFlags.Exclusive | LinuxOpenFlags.ReadOnly | LinuxOpenFlags.CloseOnExec;
            descriptor = Libc.OpenAt(Descriptor, name, flags | LinuxOpenFlags.NoFollow, NewFileMode);

            // Before the lock is left, which may call the system too.
            if (descriptor is null) error = LinuxErrno.Last();
        }
        finally
        {
            Tree.Quota?.Names.Exit();
        }

        Added(error);
        return descriptor is null ? new(error) : new(new HostFile(new HostInode(Tree, descriptor), FileType.RegularFile));
    }

    public override ValueTask<Errno> CreateDirectoryAsync(string name, CancellationToken cancellationToken)
    {
        var error = CheckAddition(name);
        return new(error != Errno.Success ? error : Added(Create(name, target: null, node: null)));
    }

    public override ValueTask<Errno> CreateSymlinkAsync(string name, string target, CancellationToken cancellationToken)
    {
        if (target.Contains('\0', StringComparison.Ordinal)) return new(Tree.IsReadOnly ? Errno.RoFs : Errno.Inval);
        if (!HostName.IsText(target)) return new(Tree.IsReadOnly ? Errno.RoFs : Errno.IlSeq);
        var bytes = HostName.GetByteCount(target);
        var error = CheckAddition(name, bytes);
        return new(error != Errno.Success ? error : Added(Create(name, target, node: null), bytes));
    }

    public override ValueTask<Errno> LinkAsync(VirtualNode target, string name, CancellationToken cancellationToken)
    {
        if (target is not IHostNode { Inode: var node } || node.Tree != Tree) return new(Errno.XDev);
        if (target is HostDirectoryNode) return new(Errno.Perm);
        var error = CheckAddition(name);
        return new(error != Errno.Success ? error : Added(Create(name, target: null, node.Descriptor)));
    }

    // Without a token nobody can end the guest that waits.
    public override ValueTask<Errno> RemoveFileAsync(string name, CancellationToken cancellationToken) =>
        !cancellationToken.CanBeCanceled || RemovesSynchronously(name)
            ? new(Remove(name, flags: 0))
            : RemoveElsewhereAsync(name, cancellationToken);

    public override ValueTask<Errno> RemoveDirectoryAsync(string name, CancellationToken cancellationToken) => new(Remove(name, Libc.AtRemoveDirectory));

    public override ValueTask<Errno> RenameAsync(string name, VirtualDirectory destination, string newName, CancellationToken cancellationToken)
    {
        if (destination is not HostDirectoryNode target || target.Tree != Tree) return new(Errno.XDev);
        var error = CheckChange(name);
        if (error == Errno.Success) error = CheckChange(newName);
        if (error != Errno.Success) return new(error);
        return !cancellationToken.CanBeCanceled || target.RemovesSynchronously(newName)
            ? new(Rename(name, target, newName))
            : RenameElsewhereAsync(name, target, newName, cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>The root belongs to the mount and serves the next invocation.</remarks>
    public override void Release()
    {
        if (!isRoot) inode.Release();
    }

    internal override bool TryGetStatus(string name, out FsResult<EntryStatus> status)
    {
        var error = HostName.Check(name);
        status = error == Errno.Success ? GetStatus(name) : error;
        return true;
    }

    internal override bool RemovesSynchronously(string name)
    {
        if (CheckChange(name) != Errno.Success) return true;
        if (Libc.TryGetStatus(Descriptor, name, out var status) != Errno.Success || !status.IsLarge) return true;
        Tree.RemovesLarge();
        return false;
    }

    public override ValueTask<Errno> FlushAsync(CancellationToken cancellationToken) => !cancellationToken.CanBeCanceled || FlushesSynchronously
        ? new(Flush(Descriptor))
        : Tree.SlowCalls.RunAsync(Descriptor, Flush, cancellationToken);

    internal override DirectoryCursor OpenCursor() => new HostDirectoryCursor(inode);

    private FsResult<EntryStatus> GetStatus(string name)
    {
        var error = Libc.TryGetStatus(Descriptor, name, out var status);
        return error == Errno.Success ? new EntryStatus(status.Type, status.ToAttributes(Tree)) : error;
    }

    private Errno Flush(HostDescriptor descriptor)
    {
        using var opened = inode.ReopenDirectory();
        return LinuxErrno.FromResult(opened is null ? -1 : Libc.Flush(opened));
    }

    // Methods of their own, since what a lambda captures is allocated when the method begins.
    private ValueTask<Errno> RemoveElsewhereAsync(string name, CancellationToken cancellationToken) =>
        Tree.SlowCalls.RunAsync(Descriptor, _ => Remove(name, flags: 0), cancellationToken);

    private ValueTask<Errno> RenameElsewhereAsync(string name, HostDirectoryNode target, string newName, CancellationToken cancellationToken) =>
        Tree.SlowCalls.RunAsync(Descriptor, _ => Rename(name, target, newName), cancellationToken, target.Descriptor);

    private Errno Rename(string name, HostDirectoryNode target, string newName) =>
        Tree.Quota?.Rename(Descriptor, name, target.Descriptor, newName)
        ?? LinuxErrno.FromResult(Libc.RenameAt(Descriptor, name, target.Descriptor, newName));

    private Errno Remove(string name, int flags)
    {
        var error = CheckChange(name);
        if (error != Errno.Success) return error;
        return Tree.Quota?.Remove(Descriptor, name, flags) ?? LinuxErrno.FromResult(Libc.UnlinkAt(Descriptor, name, flags));
    }

    /// <summary>Whether something may get a name; if so, it is counted, and <see cref="Added"/> must be told what became of it.</summary>
    private Errno CheckAddition(string name, long bytes = 0)
    {
        var error = CheckChange(name);
        if (error != Errno.Success || Tree.Quota is not { } quota || quota.TryTakeNode(bytes)) return error;

        // As mkdir(2): that the name is taken is said first.
        return Libc.TryGetStatus(Descriptor, name, out _) == Errno.Success ? Errno.Exist : Errno.NoSpc;
    }

    // Not while a removal looks at what has the name, or how many names what it removes has.
    private Errno Create(string name, string? target, HostDescriptor? node)
    {
        Tree.Quota?.Names.Enter();
        try
        {
            if (node is not null) return Link(node, name);
            return LinuxErrno.FromResult(target is null ? Libc.MakeDirectoryAt(Descriptor, name, NewDirectoryMode) : Libc.SymlinkAt(target, Descriptor, name));
        }
        finally
        {
            Tree.Quota?.Names.Exit();
        }
    }

    private Errno Link(HostDescriptor node, string name)
    {
        var error = Tree.Descriptors.Link(node, Descriptor, name);
        if (error == Errno.Success && Tree.Quota is { } quota && Libc.TryGetStatus(node, out var status) == Errno.Success) quota.MayBeMissed(status);
        return error;
    }

    private Errno Added(Errno error, long bytes = 0)
    {
        Tree.Quota?.EndNode(error == Errno.Success, bytes);
        return error;
    }

    private Errno CheckChange(string name)
    {
        if (Tree.IsReadOnly) return Errno.RoFs;
        return HostName.Check(name);
    }
}
