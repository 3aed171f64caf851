namespace WasiCloud.Embedding.FileSystem;

/// <summary>
/// A directory. Only <see cref="LookupAsync"/> and <see cref="EnumerateAsync"/> must be written; every mutation defaults to <see cref="Errno.RoFs"/>.
/// </summary>
/// <remarks>
/// Names handed in are single components: valid UTF-8, 1 to 255 bytes, no <c>/</c>, no NUL, never <c>.</c> or <c>..</c>.
/// The host walks paths, follows symbolic links, contains <c>..</c> and checks trailing slashes; a mount never sees a path.
/// </remarks>
public abstract class VirtualDirectory : VirtualNode
{
    /// <inheritdoc/>
    public sealed override FileType Type => FileType.Directory;

    /// <inheritdoc/>
    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(new NodeAttributes());

    /// <summary>Finds the node a name refers to, without following it if it is a symbolic link.</summary>
    /// <param name="name">One path component.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>The node, or <see cref="Errno.NoEnt"/>.</returns>
    public abstract ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// Finds the directory through which a path passes on its way to something below it. The default is <see cref="LookupAsync"/>. A store whose directories
    /// exist only by what is in them answers a directory for every name that is not something else, so that a file can be created without <c>mkdir</c>.
    /// </summary>
    /// <param name="name">One path component, not the last.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>The node, or <see cref="Errno.NoEnt"/>.</returns>
    public virtual ValueTask<FsResult<VirtualNode>> TraverseAsync(string name, CancellationToken cancellationToken) => LookupAsync(name, cancellationToken);

    /// <summary>Lists the directory. Entries that exist all the while are listed exactly once; entries that come or go meanwhile may or may not be.</summary>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>The entries, streamed: the host holds no more of them than the guest's window.</returns>
    public abstract IAsyncEnumerable<DirectoryEntry> EnumerateAsync(CancellationToken cancellationToken);

    /// <summary>Creates an empty regular file.</summary>
    /// <param name="name">The name, which the host found absent just before.</param>
    /// <param name="exclusive">Whether the guest insists on being the creator (<c>O_EXCL</c>). Matters only where creation shows later than this call.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>The file, or <see cref="Errno.Exist"/> if the name appeared meanwhile, or <see cref="Errno.RoFs"/>.</returns>
    public virtual ValueTask<FsResult<VirtualFile>> CreateFileAsync(string name, bool exclusive, CancellationToken cancellationToken) =>
        (FsResult<VirtualFile>)Errno.RoFs;

    /// <summary>Creates a directory (<c>mkdir</c>).</summary>
    /// <param name="name">The name.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns><see cref="Errno.Exist"/> if the name exists.</returns>
    public virtual ValueTask<Errno> CreateDirectoryAsync(string name, CancellationToken cancellationToken) => new(Errno.RoFs);

    /// <summary>Creates a symbolic link (<c>symlink</c>).</summary>
    /// <param name="name">The name of the link.</param>
    /// <param name="target">What the link says: a non-empty path that is not interpreted now.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns><see cref="Errno.Exist"/> if the name exists.</returns>
    public virtual ValueTask<Errno> CreateSymlinkAsync(string name, string target, CancellationToken cancellationToken) => new(Errno.RoFs);

    /// <summary>Gives a node of the same mount one more name (<c>link</c>).</summary>
    /// <param name="target">A file or symbolic link of this mount.</param>
    /// <param name="name">The new name.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns><see cref="Errno.Exist"/> if the name exists; <see cref="Errno.Perm"/> if the target cannot have a second name.</returns>
    public virtual ValueTask<Errno> LinkAsync(VirtualNode target, string name, CancellationToken cancellationToken) => new(Errno.RoFs);

    /// <summary>Removes a name of anything but a directory (<c>unlink</c>).</summary>
    /// <param name="name">The name.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns><see cref="Errno.NoEnt"/>; <see cref="Errno.IsDir"/> if the name is a directory.</returns>
    public virtual ValueTask<Errno> RemoveFileAsync(string name, CancellationToken cancellationToken) => new(Errno.RoFs);

    /// <summary>Removes an empty directory (<c>rmdir</c>).</summary>
    /// <param name="name">The name.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns><see cref="Errno.NoEnt"/>, <see cref="Errno.NotDir"/> or <see cref="Errno.NotEmpty"/>.</returns>
    public virtual ValueTask<Errno> RemoveDirectoryAsync(string name, CancellationToken cancellationToken) => new(Errno.RoFs);

    /// <summary>Renames atomically within the mount, replacing what <paramref name="newName"/> was, with POSIX <c>rename</c>'s rules.</summary>
    /// <param name="name">The old name, in this directory.</param>
    /// <param name="destination">A directory of the same mount and invocation (the host answers <see cref="Errno.XDev"/> for others).</param>
    /// <param name="newName">The new name, in <paramref name="destination"/>.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns><see cref="Errno.NoEnt"/>, <see cref="Errno.NotDir"/>, <see cref="Errno.IsDir"/>, <see cref="Errno.NotEmpty"/>, or <see cref="Errno.Inval"/>
    /// for a directory into itself.</returns>
    public virtual ValueTask<Errno> RenameAsync(string name, VirtualDirectory destination, string newName, CancellationToken cancellationToken) =>
        new(Errno.RoFs);

    /// <summary>
    /// Whether a name does not stand for something in the directory, but for another view of the directory itself, as <c>.meta</c> of a key-value scope: a
    /// policy judges what is below the name as what it speaks of.
    /// </summary>
    internal virtual bool IsControlName(string name) => false;

    /// <summary>Tells of a name what <see cref="LookupAsync"/> and then <see cref="VirtualNode.GetAttributesAsync"/> would, without making a node.</summary>
    /// <returns>Whether that is possible, without waiting; if not, the two are called.</returns>
    internal virtual bool TryGetStatus(string name, out FsResult<EntryStatus> status)
    {
        status = default;
        return false;
    }

    /// <summary>Whether <see cref="FlushAsync"/> never waits.</summary>
    internal virtual bool FlushesSynchronously => IsSynchronous;

    /// <summary>Whether removing the file that has a name, or giving its name to another, does not wait.</summary>
    internal virtual bool RemovesSynchronously(string name) => IsSynchronous;

    /// <summary>
    /// Makes the names durable (<c>fsync</c> of a directory). By default they are as durable as they will be once a change of them has succeeded.
    /// </summary>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>Why it could not be, or <see cref="Errno.Success"/>.</returns>
    public virtual ValueTask<Errno> FlushAsync(CancellationToken cancellationToken) => new(Errno.Success);

    /// <summary>
    /// Opens a listing that needs no waiting and has cookies of its own; <see langword="null"/> makes the host use <see cref="EnumerateAsync"/> with positions
    /// as cookies.
    /// </summary>
    internal virtual DirectoryCursor? OpenCursor() => null;
}
