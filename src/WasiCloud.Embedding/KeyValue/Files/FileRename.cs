using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>Moves one key in one commit, replacing another.</summary>
internal static class FileRename
{
    /// <summary>Tries once.</summary>
    /// <returns><see cref="Errno.Again"/> if others interfered; <see cref="Errno.NoEnt"/> if the old name is not a file.</returns>
    public static async ValueTask<Errno> TryAsync(KeyValueAttachment attachment, string oldKey, string newKey, CancellationToken cancellationToken)
    {
        var backend = attachment.Backend;
        var entry = await backend.GetAsync(oldKey, attachment.Options.MaxValueBytes, cancellationToken).ConfigureAwait(false);
        var isNew = entry is null && attachment.FindNew(oldKey) is not null;
        if (entry is null && !isNew) return Errno.NoEnt;
        if (string.Equals(oldKey, newKey, StringComparison.Ordinal)) return Errno.Success;
        if (newKey.StartsWith(oldKey + "/", StringComparison.Ordinal)) return Errno.NotDir;
        var operations = new List<KeyValueOperation>();
        if (!attachment.IsTooLong(newKey + "/"))
        {
            var probe = await DirectoryProbe.TakeAsync(backend, newKey + "/", cancellationToken).ConfigureAwait(false);
            if (probe.Exists) return Errno.IsDir;
            operations.Add(KeyValueOperation.CheckPrefix(newKey + "/", probe.Revision));
        }

        if (isNew)
        {
            // Nothing of it is visible yet, so there is nothing to move but its future.
            attachment.Rename(oldKey, newKey, 0, 0);
            return Errno.Success;
        }

        if (entry!.Value is not { } value) return Errno.FBig;
        operations.Add(KeyValueOperation.Delete(oldKey, KeyValueCondition.AtRevision(entry.Revision)));
        operations.Add(KeyValueOperation.Put(newKey, value, expires: entry.Expires));
        var own = operations.Count;
        DirectoryProbe.AddAncestorChecks(operations, newKey, attachment.Options.Prefix.Length);
        var result = await backend.CommitAsync(new(operations), cancellationToken).ConfigureAwait(false);
        if (!result.Succeeded) return result.FailedOperation < own ? Errno.Again : Errno.NotDir;
        attachment.Rename(oldKey, newKey, entry.Revision, result.Revision);
        return Errno.Success;
    }
}
