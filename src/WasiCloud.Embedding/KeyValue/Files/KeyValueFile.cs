using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>A key, as it was when its name was looked up.</summary>
/// <param name="attachment">The guest.</param>
/// <param name="key">The key.</param>
/// <param name="entry">The entry; <see langword="null"/> for a file in creation, which is empty for all but its creator's handle.</param>
/// <param name="creation">What this node is to create when it is opened.</param>
internal sealed class KeyValueFile(KeyValueAttachment attachment, string key, KeyValueEntry? entry, OpenFile? creation = null) : VirtualFile
{
    /// <summary>Values up to this length come with the lookup, so that the common open costs one get; <c>stat</c> of a larger value never loads it.</summary>
    public const int LookupValueBytes = 4096;

    // What the lookup brought serves the open that it was made for. A later open must see what was committed since.
    private bool _isFresh = true;
    private OpenFile? _creation = creation;

    /// <summary>What the lookup found; <see langword="null"/> for a file in creation.</summary>
    public KeyValueEntry? Entry => entry;

    internal override bool IsSynchronous => attachment.IsSynchronous;

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken)
    {
        var attributes = entry is null
            ? FileTimes.ToAttributes(0, attachment.FindNew(key)?.Created ?? attachment.TimeProvider.GetUtcNow())
            : FileTimes.ToAttributes(entry.Size, entry.Modified);
        return new(attributes with { Inode = attachment.Numbers.Of(key) });
    }

    /// <summary>Accepts and ignores: the times are the commit's, and refusing would fail every <c>cp -p</c> and <c>tar x</c>.</summary>
    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(Errno.Success);

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        var isFresh = _isFresh;
        _isFresh = false;
        if (_creation is { } creation)
        {
            _creation = null;
            creation.ComparesRevision = options.Access == FileAccess.ReadWrite;
            return KeyValueFileHandle.Open(attachment, key, creation, null, options);
        }

        if (entry is null && isFresh) return Open(current: null, options);
        if (isFresh && (entry!.Value is not null || options.Truncate)) return Open(entry, options);
        return FetchAsync(options, cancellationToken);
    }

    public override void Release()
    {
        if (_creation is { } never) attachment.Remove(never);
        _creation = null;
    }

    private async ValueTask<FsResult<FileHandle>> FetchAsync(FileOpenOptions options, CancellationToken cancellationToken)
    {
        var maxLength = options.Truncate ? 0 : attachment.Options.MaxValueBytes;
        var current = await attachment.Backend.GetAsync(key, maxLength, cancellationToken).ConfigureAwait(false);
        if (current is null && attachment.FindNew(key) is null) return Errno.NoEnt;
        return Open(current, options);
    }

    private FsResult<FileHandle> Open(KeyValueEntry? current, FileOpenOptions options)
    {
        if (current is { Value: null } && !options.Truncate) return Errno.FBig;
        if (!options.Access.HasFlag(FileAccess.Write)) return KeyValueFileHandle.Open(attachment, key, null, current, options);
        var file = new OpenFile(key)
        {
            Revision = current?.Revision ?? 0,
            Expires = current?.Expires,
            ComparesRevision = options.Access == FileAccess.ReadWrite,
        };
        var handle = KeyValueFileHandle.Open(attachment, key, file, current, options);
        if (handle.Error == Errno.Success) attachment.Add(file);
        return handle;
    }
}
