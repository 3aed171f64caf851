using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>Moves all keys below a directory in one commit. What an attempt has read serves the next, which reads only what others have changed since: the
/// shorter it takes, the more likely nobody comes between.</summary>
/// <param name="attachment">The guest.</param>
/// <param name="oldPrefix">The old name and <c>/</c>.</param>
/// <param name="newPrefix">The new name and <c>/</c>.</param>
internal sealed class DirectoryRename(KeyValueAttachment attachment, string oldPrefix, string newPrefix) : IDisposable
{
    /// <summary>The most keys that one rename moves; a commit of twice as many operations is what every backend can do at once.</summary>
    public const int MaxKeys = 1000;

    // Two operations, what was read, and the new key; the keys' characters take two bytes each and come besides.
    private const int KeyBytes = 384;

    // The whole directory passes through this process's memory, so it counts with open files.
    private readonly HeldBytes _held = new(attachment);
    private Dictionary<string, KeyValueEntry> _moved = new(StringComparer.Ordinal);

    /// <summary>Tries once.</summary>
    /// <returns><see cref="Errno.Again"/> if others interfered; <see cref="Errno.XDev"/> if it is too much for one commit.</returns>
    public async ValueTask<Errno> TryAsync(CancellationToken cancellationToken)
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
        var error = await AddMovesAsync(operations, cancellationToken).ConfigureAwait(false);
        if (error != Errno.Success) return error;
        var result = await backend.CommitAsync(new(operations), cancellationToken).ConfigureAwait(false);
        if (!result.Succeeded) return operations[result.FailedOperation].Kind == KeyValueOperationKind.Check ? Errno.NotDir : Errno.Again;
        Follow(result.Revision);
        return Errno.Success;
    }

    /// <summary>Gives back what it held.</summary>
    public void Dispose() => _held.Dispose();

    private async ValueTask<Errno> AddMovesAsync(List<KeyValueOperation> operations, CancellationToken cancellationToken)
    {
        var known = _moved;
        var moved = _moved = new(StringComparer.Ordinal);
        try
        {
            await foreach (var listed in attachment.Backend.ListAsync(oldPrefix, null, cancellationToken).ConfigureAwait(false))
            {
                if (known.Remove(listed.Key, out var entry)) _held.Remove(SizeOf(entry));
                if (moved.Count == MaxKeys || !_held.TryAdd(SizeOf(listed))) return Errno.XDev;
                var newKey = ToNew(listed.Key);
                if (attachment.IsTooLong(newKey)) return Errno.NameTooLong;
                moved.Add(listed.Key, listed);
                if (entry?.Revision != listed.Revision)
                    entry = await attachment.Backend.GetAsync(listed.Key, (int)Math.Min(listed.Size, int.MaxValue), cancellationToken).ConfigureAwait(false);
                if (entry?.Value is not { } value || entry.Size != listed.Size) return Errno.Again;
                operations.Add(KeyValueOperation.Delete(entry.Key, KeyValueCondition.AtRevision(entry.Revision)));
                operations.Add(KeyValueOperation.Put(newKey, value, expires: entry.Expires));
                moved[entry.Key] = entry;
            }

            return Errno.Success;
        }
        finally
        {
            foreach (var gone in known.Values) _held.Remove(SizeOf(gone));
        }
    }

    private long SizeOf(KeyValueEntry entry) => entry.Size + KeyBytes + (2L * ((2 * entry.Key.Length) + newPrefix.Length - oldPrefix.Length));

    private void Follow(long revision)
    {
        var directories = new HashSet<string>(StringComparer.Ordinal) { oldPrefix };
        foreach (var entry in _moved.Values)
        {
            attachment.Rename(entry.Key, ToNew(entry.Key), entry.Revision, revision);
            for (var slash = entry.Key.IndexOf('/', oldPrefix.Length); slash >= 0 && directories.Count < MaxKeys; slash = entry.Key.IndexOf('/', slash + 1))
                directories.Add(entry.Key[..(slash + 1)]);
        }

        foreach (var file in attachment.FindNewBelow(oldPrefix)) attachment.RenameNew(file, ToNew(file.Key!));

        // Those that mkdir made are keys as well, and were renamed as such.
        foreach (var directory in directories.Where(directory => !_moved.ContainsKey(directory))) attachment.Numbers.Renamed(directory, ToNew(directory));
    }

    private string ToNew(string key) => newPrefix + key[oldPrefix.Length..];
}
