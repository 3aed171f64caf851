using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue.Files.Control;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>
/// All keys with a prefix that ends with <c>/</c>. It names a place, not a thing: a descriptor for it stays at the old path when the directory is renamed.
/// </summary>
/// <param name="attachment">The guest.</param>
/// <param name="prefix">The prefix of all keys below; for the root the tenant's, which may be empty.</param>
/// <param name="isAssumed">Whether a path came through here without a look whether it exists, or is a file.</param>
/// <param name="controls">What reserved names stand for, at the root as the guest sees it.</param>
internal sealed class KeyValueDirectory(KeyValueAttachment attachment, string prefix, bool isAssumed = false, ControlNames? controls = null) : VirtualDirectory
{
    // A value beyond the limit must not be opened even if it is short.
    private readonly int _lookupValueBytes = Math.Min(KeyValueFile.LookupValueBytes, attachment.Options.MaxValueBytes);

    internal override bool IsSynchronous => attachment.IsSynchronous;

    internal override bool IsControlName(string name) => IsReserved(name) && IsControl(name);

    /// <summary>The number of a scope's root is that of its mount point, or of the transaction whose view it is.</summary>
    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)new NodeAttributes(Inode: prefix.Length == attachment.Options.Prefix.Length ? 0 : attachment.Numbers.Of(prefix));

    public override async ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken)
    {
        if (IsReserved(name)) return FindControl(name);
        var key = prefix + name;
        if (attachment.IsTooLong(key)) return Errno.NameTooLong;

        // One call for a file, the commonest case; a directory or nothing takes a second one.
        var entry = await attachment.Backend.GetAsync(key, _lookupValueBytes, cancellationToken).ConfigureAwait(false);
        if (entry is not null || attachment.FindNew(key) is not null) return new KeyValueFile(attachment, key, entry);
        if (await IsDirectoryAsync(key, cancellationToken).ConfigureAwait(false)) return new KeyValueDirectory(attachment, key + "/");
        return await ExplainMissingAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Every name may be a directory on the way to keys below it, there already or not: keys need no <c>mkdir</c>. Whether it is a file is asked
    /// only if nothing is found below, or by the commit, so that a path of many components costs one get.
    /// </summary>
    public override ValueTask<FsResult<VirtualNode>> TraverseAsync(string name, CancellationToken cancellationToken)
    {
        if (IsReserved(name)) return FindControl(name);
        var key = prefix + name;
        if (attachment.IsTooLong(key)) return (FsResult<VirtualNode>)Errno.NameTooLong;
        if (attachment.FindNew(key) is not null) return (FsResult<VirtualNode>)Errno.NotDir;
        return (FsResult<VirtualNode>)new KeyValueDirectory(attachment, key + "/", isAssumed: true);
    }

    public override IAsyncEnumerable<DirectoryEntry> EnumerateAsync(CancellationToken cancellationToken) =>
        KeyValueListing.EnumerateAsync(attachment, prefix, IsReserved, cancellationToken);

    /// <summary>Setting a directory's times is accepted and ignored, as for files.</summary>
    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(Errno.Success);

    /// <summary>
    /// Creates a file that shows, empty, to this guest at once and to others at its commit, which is where a competing creation is found out.
    /// </summary>
    public override async ValueTask<FsResult<VirtualFile>> CreateFileAsync(string name, bool exclusive, CancellationToken cancellationToken)
    {
        if (IsReserved(name)) return Errno.Access;
        var key = prefix + name;
        if (attachment.IsTooLong(key)) return Errno.NameTooLong;
        if (attachment.FindNew(key) is not null) return Errno.Exist;
        var childless = 0L;
        if (!attachment.IsTooLong(key + "/"))
        {
            var probe = await DirectoryProbe.TakeAsync(attachment.Backend, key + "/", cancellationToken).ConfigureAwait(false);
            if (probe.Exists) return Errno.IsDir;
            childless = probe.Revision;
        }

        var file = new OpenFile(key) { IsNew = true, IsExclusive = exclusive, ChildlessRevision = childless, Created = attachment.TimeProvider.GetUtcNow() };
        attachment.Add(file);
        return new KeyValueFile(attachment, key, entry: null, file);
    }

    public override async ValueTask<Errno> CreateDirectoryAsync(string name, CancellationToken cancellationToken)
    {
        if (IsReserved(name)) return IsControl(name) ? Errno.Exist : Errno.Access;
        var (key, marker) = (prefix + name, prefix + name + "/");
        if (attachment.IsTooLong(marker)) return Errno.NameTooLong;
        if (attachment.FindNew(key) is not null) return Errno.Exist;
        if (await DirectoryProbe.ExistsAsync(attachment.Backend, marker, cancellationToken).ConfigureAwait(false)) return Errno.Exist;
        var operations = new List<KeyValueOperation>
        {
            KeyValueOperation.Put(marker, default, KeyValueCondition.Absent),
            KeyValueOperation.Check(key, KeyValueCondition.Absent),
        };
        var own = operations.Count;
        DirectoryProbe.AddAncestorChecks(operations, key, attachment.Options.Prefix.Length);
        var result = await attachment.Backend.CommitAsync(new(operations), cancellationToken).ConfigureAwait(false);
        if (result.Succeeded) return Errno.Success;
        return result.FailedOperation < own ? Errno.Exist : Errno.NotDir;
    }

    public override ValueTask<Errno> CreateSymlinkAsync(string name, string target, CancellationToken cancellationToken) => new(Errno.Perm);

    public override ValueTask<Errno> LinkAsync(VirtualNode target, string name, CancellationToken cancellationToken) => new(Errno.Perm);

    public override async ValueTask<Errno> RemoveFileAsync(string name, CancellationToken cancellationToken)
    {
        if (IsReserved(name)) return IsControl(name) ? Errno.IsDir : Errno.NoEnt;
        var key = prefix + name;
        if (attachment.IsTooLong(key)) return Errno.NameTooLong;
        var delete = new KeyValueBatch(KeyValueOperation.Delete(key, KeyValueCondition.Present));
        var result = await attachment.Backend.CommitAsync(delete, cancellationToken).ConfigureAwait(false);
        var wasNew = attachment.Unlink(key);
        if (result.Succeeded || wasNew)
        {
            attachment.Numbers.Removed(key);
            return Errno.Success;
        }

        if (await IsDirectoryAsync(key, cancellationToken).ConfigureAwait(false)) return Errno.IsDir;
        return await ExplainMissingAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask<Errno> RemoveDirectoryAsync(string name, CancellationToken cancellationToken)
    {
        if (IsReserved(name)) return IsControl(name) ? Errno.Busy : Errno.NoEnt;
        var (key, marker) = (prefix + name, prefix + name + "/");
        if (attachment.IsTooLong(marker)) return Errno.NameTooLong;
        return await Contention.RepeatAsync(
            attachment,
            (Directory: this, key),
            static (removal, token) => removal.Directory.TryRemoveDirectoryAsync(removal.key, token),
            Errno.Busy,
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Renames in one commit. A directory of more than <see cref="DirectoryRename.MaxKeys"/> keys is <see cref="Errno.XDev"/>, so that <c>mv</c> copies it
    /// instead.
    /// </summary>
    public override async ValueTask<Errno> RenameAsync(string name, VirtualDirectory destination, string newName, CancellationToken cancellationToken)
    {
        if (destination is not KeyValueDirectory target || target.Attachment != attachment) return Errno.XDev;
        if (IsReserved(name)) return IsControl(name) ? Errno.Busy : Errno.NoEnt;
        if (target.IsReserved(newName)) return Errno.Access;
        var (oldKey, newKey) = (prefix + name, target.Prefix + newName);
        if (attachment.IsTooLong(oldKey) || attachment.IsTooLong(newKey)) return Errno.NameTooLong;
        using var asDirectory = new DirectoryRename(attachment, oldKey + "/", newKey + "/");
        var error = await Contention.RepeatAsync(
            attachment,
            (attachment, asDirectory, oldKey, newKey),
            static (names, token) => TryRenameAsync(names, token),
            Errno.Busy,
            cancellationToken).ConfigureAwait(false);
        return error == Errno.NoEnt ? await ExplainMissingAsync(cancellationToken).ConfigureAwait(false) : error;
    }

    private string Prefix => prefix;

    // Another one is that of a transaction.
    private KeyValueAttachment Attachment => attachment;

    /// <summary>Whether a name is for control files: it starts with a dot, at the root of the scope.</summary>
    private bool IsReserved(string name) => name[0] == '.' && prefix.Length == attachment.Options.Prefix.Length;

    private FsResult<VirtualNode> FindControl(string name) => controls?.Find(name) is { } control ? control : Errno.NoEnt;

    private bool IsControl(string name) => controls is not null && ControlNames.Has(name);

    private static async ValueTask<Errno> TryRenameAsync(
        (KeyValueAttachment Attachment, DirectoryRename AsDirectory, string OldKey, string NewKey) names, CancellationToken cancellationToken)
    {
        var error = await FileRename.TryAsync(names.Attachment, names.OldKey, names.NewKey, cancellationToken).ConfigureAwait(false);
        return error == Errno.NoEnt ? await names.AsDirectory.TryAsync(cancellationToken).ConfigureAwait(false) : error;
    }

    private async ValueTask<Errno> TryRemoveDirectoryAsync(string key, CancellationToken cancellationToken)
    {
        var marker = key + "/";
        var entry = await attachment.Backend.GetAsync(key, 0, cancellationToken).ConfigureAwait(false);
        if (entry is not null || attachment.FindNew(key) is not null) return Errno.NotDir;
        var probe = await DirectoryProbe.TakeAsync(attachment.Backend, marker, cancellationToken).ConfigureAwait(false);
        if (probe.HasChildren || attachment.FindNewBelow(marker).Count > 0) return Errno.NotEmpty;
        if (!probe.Exists) return await ExplainMissingAsync(cancellationToken).ConfigureAwait(false);
        var delete = new KeyValueBatch(
            KeyValueOperation.Delete(marker, KeyValueCondition.AtRevision(probe.MarkerRevision)),
            KeyValueOperation.CheckPrefix(marker, probe.Revision));
        return (await attachment.Backend.CommitAsync(delete, cancellationToken).ConfigureAwait(false)).Succeeded ? Errno.Success : Errno.Again;
    }

    // Nothing is below: because a directory on the way is a file, or because there is nothing.
    private async ValueTask<Errno> ExplainMissingAsync(CancellationToken cancellationToken)
    {
        if (!isAssumed) return Errno.NoEnt;
        for (var slash = prefix.Length - 1; slash >= attachment.Options.Prefix.Length; slash = prefix.LastIndexOf('/', slash - 1))
        {
            if (await attachment.Backend.GetAsync(prefix[..slash], maxValueLength: 0, cancellationToken).ConfigureAwait(false) is not null) return Errno.NotDir;
        }

        return Errno.NoEnt;
    }

    private async ValueTask<bool> IsDirectoryAsync(string key, CancellationToken cancellationToken)
    {
        var directoryKey = key + "/";
        if (attachment.IsTooLong(directoryKey)) return false;
        return await DirectoryProbe.ExistsAsync(attachment.Backend, directoryKey, cancellationToken).ConfigureAwait(false)
            || attachment.FindNewBelow(directoryKey).Count > 0;
    }
}
