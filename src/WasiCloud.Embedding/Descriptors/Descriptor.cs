using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>An open file description (POSIX XBD 3.258): a node, its handle, and what belongs to this opening of it alone.</summary>
internal sealed class Descriptor
{
    private readonly NodeReference _reference;
    private readonly string _basePath;
    private readonly string _relativePath;
    private NodeShare? _share;

    public Descriptor(NodeReference reference, FileHandle? handle, string basePath, string relativePath)
    {
        (_reference, Handle, _basePath, _relativePath) = (reference, handle, basePath, relativePath);
        SetRights();
    }

    public NodeReference Reference => _reference;

    public VirtualNode Node => _reference.Node;

    /// <summary>The handle; <see langword="null"/> for directories.</summary>
    public FileHandle? Handle { get; }

    public VirtualDirectory? Directory => _reference.Node as VirtualDirectory;

    public DescriptorFlags Flags { get; set; }

    public Rights RightsBase { get; set; }

    public Rights RightsInheriting { get; set; }

    /// <summary>The name, in UTF-8, under which the guest was given this directory, or <see langword="null"/> if it opened it itself.</summary>
    public byte[]? PreopenName { get; init; }

    public long Offset { get; set; }

    /// <summary>The listing in progress, for directories.</summary>
    public DirectoryListing? Listing { get; set; }

    /// <summary>The path by which it was opened, for messages only: it may have been renamed since.</summary>
    public string Path => Join(_basePath, _relativePath);

    public bool IsNonBlocking => (Flags & DescriptorFlags.NonBlocking) != 0;

    /// <summary>Puts a path behind that of a directory, for messages.</summary>
    public static string Join(string basePath, string relativePath) =>
        relativePath.Length == 0 ? basePath : basePath.EndsWith('/') ? basePath + relativePath : basePath + "/" + relativePath;

    /// <summary>Makes another descriptor of the same node, which was handed out only once.</summary>
    public Descriptor Share(string relativePath)
    {
        _share ??= new NodeShare();
        _share.Add();
        return new Descriptor(_reference, handle: null, Path, relativePath) { _share = _share };
    }

    /// <summary>Makes a closed descriptor, of which nothing else was shared, what it was when it was opened: for those that every guest starts with.</summary>
    public void Reset()
    {
        (Flags, Offset, Listing, _share) = (DescriptorFlags.None, 0, null, null);
        SetRights();
    }

    /// <summary>Checks that bytes can be moved.</summary>
    /// <returns>
    /// <see cref="Errno.BadF"/> if it was not opened for this (POSIX <c>read</c>, <c>write</c>). A directory is never open for writing; reading one is
    /// <see cref="Errno.IsDir"/>.
    /// </returns>
    public Errno CheckTransfer(Rights right)
    {
        if (Handle is null) return right == Rights.FdWrite ? Errno.BadF : Errno.IsDir;
        return (RightsBase & right) == right ? Errno.Success : Errno.BadF;
    }

    /// <summary>Checks a right of a directory or file.</summary>
    public Errno Check(Rights right) => (RightsBase & right) == right ? Errno.Success : Errno.NotCapable;

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

    /// <summary>Whether <see cref="CloseAsync"/> would not wait.</summary>
    public bool ClosesSynchronously => Handle?.ClosesSynchronously ?? (Listing is null || Listing.IsSynchronous);

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
            if (_share is null || _share.Remove()) _reference.Release();
        }
    }

    private void SetRights()
    {
        RightsBase = Directory is null ? Rights.File : Rights.Directory;

        // C libraries take a character device without these two for a terminal.
        if (Handle is { CanSeek: false }) RightsBase &= ~(Rights.FdSeek | Rights.FdTell);
        RightsInheriting = Directory is null ? RightsBase : Rights.All;
    }
}
