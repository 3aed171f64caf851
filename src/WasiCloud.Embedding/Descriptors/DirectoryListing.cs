using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>A directory being read by cookies: <c>.</c> and <c>..</c> first, then what the mount lists.</summary>
internal sealed class DirectoryListing : IAsyncDisposable
{
    // Cookie 0 is the start; 1 and 2 are behind "." and "..", so a mount's own cookies are moved up by two.
    private const ulong BehindSelf = 1;
    private const ulong BehindParent = 2;

    private readonly NodeReference _directory;
    private readonly IEntrySource _source;

    private DirectoryListing(NodeReference directory)
    {
        _directory = directory;
        var node = (VirtualDirectory)directory.Node;
        _source = node.IsSynchronous && node.OpenCursor() is { } cursor ? new CursorEntrySource(cursor) : new StreamEntrySource(node);
    }

    /// <summary>Whether <see cref="ReadAsync"/> and <see cref="DisposeAsync"/> never wait.</summary>
    public bool IsSynchronous => _source.IsSynchronous;

    /// <summary>Starts a listing of a directory that the guest may read.</summary>
    /// <returns>The listing, or <see cref="Suspension.Required"/>.</returns>
    public static async ValueTask<FsResult<DirectoryListing>> OpenAsync(NodeReference reference, Suspension suspension)
    {
        reference.Authority.Note(GuestAccess.Read);

        // Attached first, so that a directory whose mount has stable cookies shows them from the first call on.
        if (suspension.IsAllowed && reference.Node is NamespaceDirectory overlay)
            await overlay.GetUnderlyingAsync(suspension.CancellationToken).ConfigureAwait(false);
        if (!suspension.Permits(reference.Node)) return Suspension.Required;
        var listing = new DirectoryListing(reference);
        return suspension.IsAllowed || listing.IsSynchronous ? listing : Suspension.Required;
    }

    /// <summary>Finds the entry that follows a cookie.</summary>
    /// <returns>The entry, or <see cref="Errno.NoEnt"/> at the end.</returns>
    public ValueTask<FsResult<ListedEntry>> ReadAsync(ulong cookie, Suspension suspension) => cookie switch
    {
        0 => DotEntryAsync(".", BehindSelf, suspension),
        BehindSelf => DotEntryAsync("..", BehindParent, suspension),
        _ => EntryAsync(cookie, suspension),
    };

    /// <summary>Forgets what was read before a cookie, which the guest will hardly come back to.</summary>
    public void Trim(ulong cookie)
    {
        if (cookie >= BehindParent) _source.Trim(cookie - BehindParent);
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async ValueTask<FsResult<ListedEntry>> DotEntryAsync(string name, ulong next, Suspension suspension)
    {
        // A mount does not know its parent, so ".." shows the directory's own number, as it does in a root directory.
        var status = await FileStatus.GetAsync(_directory, suspension).ConfigureAwait(false);
        return status.Error == Errno.Success ? new ListedEntry(name, FileType.Directory, status.Value.Inode, next) : status.Error;
    }

    private async ValueTask<FsResult<ListedEntry>> EntryAsync(ulong cookie, Suspension suspension)
    {
        var position = cookie - BehindParent;
        for (var hidden = 1; ; hidden++)
        {
            while (!_source.TryApproach(position, Pieces.EntriesInARow))
            {
                if (!suspension.IsAllowed) return Suspension.Required;
                await Pieces.PauseAsync(suspension.CancellationToken).ConfigureAwait(false);
            }

            var (error, entry, next) = await _source.ReadAsync(position, suspension.CancellationToken).ConfigureAwait(false);
            if (error != Errno.Success) return error;
            if (IsShown(entry)) return Listed(entry, next);

            // What a policy hides is passed over, however much that is.
            position = next;
            if (hidden % Pieces.EntriesInARow != 0) continue;
            if (!suspension.IsAllowed) return Suspension.Required;
            await Pieces.PauseAsync(suspension.CancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsShown(DirectoryEntry entry) =>
        !_directory.Authority.IsDivided || _directory.Authority.Shows(entry.Name, isDirectory: entry.Type is FileType.Directory or FileType.Unknown);

    private FsResult<ListedEntry> Listed(DirectoryEntry entry, ulong next)
    {

        // POSIX readdir: a value cannot be represented. Guests hold names in buffers of NAME_MAX and 1, and a name left out would be a lie.
        if (GuestPath.IsTooLong(entry.Name)) return Errno.Overflow;
        var inode = entry.Inode != 0 ? entry.Inode : InodeNumber.Derive(_directory.Inode, entry.Name);
        return new ListedEntry(entry.Name, entry.Type, inode, next + BehindParent);
    }
}
