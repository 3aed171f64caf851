namespace WasiCloud.Embedding.FileSystem;

/// <summary>A node that can be opened for bytes.</summary>
public abstract class VirtualFile : VirtualNode
{
    /// <inheritdoc/>
    public override FileType Type => FileType.RegularFile;

    /// <summary>
    /// Whether opening it even for reading changes something, as taking a lock does: a read-only mount refuses it (<see cref="Errno.RoFs"/>).
    /// </summary>
    public virtual bool ChangesWhenOpened => false;

    /// <summary>
    /// Whether writing changes what the mount holds. Of a device it does not: a read-only mount lets it be written to, as a read-only file system does.
    /// </summary>
    public virtual bool KeepsWhatIsWritten => true;

    /// <summary>Whether <see cref="OpenAsync"/> does not wait.</summary>
    internal virtual bool OpensSynchronously(FileOpenOptions options) => IsSynchronous;

    /// <summary>Opens the file. Each open gives a handle of its own, closed exactly once.</summary>
    /// <param name="options">Access and flags.</param>
    /// <param name="cancellationToken">Cancelled when the guest is to end.</param>
    /// <returns>The handle; <see cref="Errno.Access"/> or <see cref="Errno.RoFs"/> if the access is not granted; <see cref="Errno.Busy"/>;
    /// <see cref="Errno.Again"/>.</returns>
    public abstract ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken);
}
