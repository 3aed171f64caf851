using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Mounts.KeyValue;

/// <summary>Moves all keys below a directory in one commit.</summary>
internal static class DirectoryRename
{
    /// <summary>The most keys that one rename moves; a commit of twice as many operations is what every backend can do at once.</summary>
    public const int MaxKeys = 1000;

    // Two operations, what was read, and the new key; the keys' characters take two bytes each and come besides.
    private const int KeyBytes = 384;

    /// <summary>Tries once.</summary>
    /// <returns><see cref="Errno.Again"/> if others interfered; <see cref="Errno.XDev"/> if it is too much for one commit.</returns>
    public static async ValueTask<Errno> TryAsync(KeyValueAttachment attachment, string oldPrefix, string newPrefix, CancellationToken cancellationToken)
    {
        var backend = attachment.Backend;
        if (attachment.IsTooLong(oldPrefix)) return Errno.NoEnt;
        var source = await DirectoryProbe.TakeAsync(backend, oldPrefix, cancellationToken).ConfigureAwait(false);
        if (!source.Exists && attachment.FindNewBelow(oldPrefix).Count == 0) return Errno.NoEnt;
        if (string.Equals(oldPrefix, newPrefix, StringComparison.Ordinal)) return Errno.Success;
        if (newPrefix.StartsWith(oldPrefix, StringComparison.Ordinal)) return Errno.Inval;
        if (attachment.IsTooLong(newPrefix)) return Errno.NameTooLong;
        if (attachment.FindNew(newPrefix[..^1]) is not null) return Errno.NotDir;
        var target = await DirectoryProbe.TakeAsync(backend, newPrefix, cancellationToken).ConfigureAwait(false);
        if (target.HasChildren || attachment.FindNewBelow(newPrefix).Count > 0) return Errno.NotEmpty;

        var operations = new List<KeyValueOperation>
        {
            KeyValueOperation.Check(newPrefix[..^1], KeyValueCondition.Absent),
            KeyValueOperation.CheckPrefix(newPrefix, target.Revision),
            KeyValueOperation.CheckPrefix(oldPrefix, source.Revision),
        };
        DirectoryProbe.AddAncestorChecks(operations, newPrefix[..^1], attachment.Options.Prefix.Length);
        var moved = new List<KeyValueEntry>();
        using var held = new HeldBytes(attachment);
        var error = await AddMovesAsync(attachment, oldPrefix, newPrefix, operations, moved, held, cancellationToken).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        var result = await backend.CommitAsync(new(operations), cancellationToken).ConfigureAwait(false);
        if (!result.Succeeded) return operations[result.FailedOperation].Kind == KeyValueOperationKind.Check ? Errno.NotDir : Errno.Again;

        foreach (var entry in moved) attachment.Rename(entry.Key, newPrefix + entry.Key[oldPrefix.Length..], entry.Revision, result.Revision);
        foreach (var file in attachment.FindNewBelow(oldPrefix)) file.RenameNew(newPrefix + file.Key![oldPrefix.Length..]);
        return Errno.Success;
    }

    private static async ValueTask<Errno> AddMovesAsync(
        KeyValueAttachment attachment,
        string oldPrefix,
        string newPrefix,
        List<KeyValueOperation> operations,
        List<KeyValueEntry> moved,
        HeldBytes held,
        CancellationToken cancellationToken)
    {
        // The whole directory passes through this process's memory, so it counts with open files.
        await foreach (var listed in attachment.Backend.ListAsync(oldPrefix, null, cancellationToken).ConfigureAwait(false))
        {
            var newKey = newPrefix + listed.Key[oldPrefix.Length..];
            if (moved.Count == MaxKeys || !held.TryAdd(listed.Size + KeyBytes + (2L * (listed.Key.Length + newKey.Length)))) return Errno.XDev;
            if (attachment.IsTooLong(newKey)) return Errno.NameTooLong;
            var entry = await attachment.Backend.GetAsync(listed.Key, (int)Math.Min(listed.Size, int.MaxValue), cancellationToken).ConfigureAwait(false);
            if (entry?.Value is not { } value) return Errno.Again;
            operations.Add(KeyValueOperation.Delete(entry.Key, KeyValueCondition.AtRevision(entry.Revision)));
            operations.Add(KeyValueOperation.Put(newKey, value, expires: entry.Expires));
            moved.Add(entry);
        }

        return Errno.Success;
    }
}
