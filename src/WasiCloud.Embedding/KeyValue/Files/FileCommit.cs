using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>Makes a file's content visible under its key, with the condition that its opening implies.</summary>
internal static class FileCommit
{
    /// <summary>Commits content that was written at positions: compare-and-swap, put-if-absent or last-writer-wins.</summary>
    public static ValueTask<Errno> PutAsync(KeyValueAttachment attachment, OpenFile file, ReadOnlyMemory<byte> value, CancellationToken cancellationToken) =>
        Contention.RepeatAsync(
            attachment,
            (attachment, file, value),
            static (put, token) => TryPutAsync(put.attachment, put.file, put.value, token),
            Errno.Again,
            cancellationToken);

    /// <summary>Commits a file that was created and not written to. Somebody else's creation serves as well, unless it had to be this one.</summary>
    public static ValueTask<Errno> TouchAsync(KeyValueAttachment attachment, OpenFile file, CancellationToken cancellationToken)
    {
        if (file.Key is null) return new(Errno.Success);
        return Contention.RepeatAsync(
            attachment,
            (attachment, file, Conflict: file.IsExclusive ? Errno.Exist : Errno.Success),
            static (touch, token) => CreateAsync(touch.attachment, touch.file, default, KeyValueCondition.Absent, touch.Conflict, token),
            Errno.Again,
            cancellationToken);
    }

    /// <summary>Tries once to commit content for what was at a revision, or for nothing if that is 0.</summary>
    /// <returns><see cref="Errno.Again"/> if something else is there by now.</returns>
    public static async ValueTask<Errno> PutAtAsync(
        KeyValueAttachment attachment, OpenFile file, ReadOnlyMemory<byte> value, long revision, DateTimeOffset? expires, CancellationToken cancellationToken)
    {
        var condition = KeyValueCondition.AtRevision(revision);
        if (revision == 0) return await CreateAsync(attachment, file, value, condition, Errno.Again, cancellationToken).ConfigureAwait(false);
        return await ReplaceAsync(attachment, file, value, condition, expires, cancellationToken).ConfigureAwait(false) ? Errno.Success : Errno.Again;
    }

    private static async ValueTask<Errno> TryPutAsync(
        KeyValueAttachment attachment, OpenFile file, ReadOnlyMemory<byte> value, CancellationToken cancellationToken)
    {
        if (file.Key is null) return Errno.Success;
        if (file.IsExclusive) return await CreateAsync(attachment, file, value, KeyValueCondition.Absent, Errno.Exist, cancellationToken).ConfigureAwait(false);
        if (file.ComparesRevision)
        {
            if (file.Revision == 0)
                return await CreateAsync(attachment, file, value, KeyValueCondition.Absent, Errno.Stale, cancellationToken).ConfigureAwait(false);
            return await ReplaceAsync(attachment, file, value, KeyValueCondition.AtRevision(file.Revision), file.Expires, cancellationToken)
                .ConfigureAwait(false)
                ? Errno.Success
                : Errno.Stale;
        }

        // A key that exists needs no look at its surroundings.
        if (!file.IsNew && await ReplaceAsync(attachment, file, value, KeyValueCondition.Present, file.Expires, cancellationToken).ConfigureAwait(false))
            return Errno.Success;
        return await CreateAsync(attachment, file, value, default, Errno.Success, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<bool> ReplaceAsync(
        KeyValueAttachment attachment, OpenFile file, ReadOnlyMemory<byte> value, KeyValueCondition condition, DateTimeOffset? expires,
        CancellationToken cancellationToken)
    {
        var batch = new KeyValueBatch(KeyValueOperation.Put(file.Key!, value, condition, expires));
        var result = await attachment.Backend.CommitAsync(batch, cancellationToken).ConfigureAwait(false);
        if (!result.Succeeded) return false;
        file.Committed(result.Revision);
        file.Expires = expires;
        return true;
    }

    /// <summary>Puts a key that may be new, so that it must not become both file and directory, nor a child of a file.</summary>
    /// <returns><see cref="Errno.Again"/> if something came below it meanwhile, which may be gone by now.</returns>
    private static async ValueTask<Errno> CreateAsync(
        KeyValueAttachment attachment, OpenFile file, ReadOnlyMemory<byte> value, KeyValueCondition condition, Errno conflict,
        CancellationToken cancellationToken)
    {
        var directoryKey = file.Key + "/";
        var operations = new List<KeyValueOperation> { KeyValueOperation.Put(file.Key!, value, condition) };
        if (!attachment.IsTooLong(directoryKey))
        {
            if (file.ChildlessRevision == 0)
            {
                var probe = await DirectoryProbe.TakeAsync(attachment.Backend, directoryKey, cancellationToken).ConfigureAwait(false);
                if (probe.Exists) return Errno.IsDir;
                file.ChildlessRevision = probe.Revision;
            }

            operations.Add(KeyValueOperation.CheckPrefix(directoryKey, file.ChildlessRevision));
        }

        DirectoryProbe.AddAncestorChecks(operations, file.Key!, attachment.Options.Prefix.Length);
        var result = await attachment.Backend.CommitAsync(new(operations), cancellationToken).ConfigureAwait(false);
        if (result.Succeeded)
        {
            file.Committed(result.Revision);
            return Errno.Success;
        }

        if (result.FailedOperation == 0) return conflict;
        if (operations[result.FailedOperation].Kind == KeyValueOperationKind.Check) return Errno.NotDir;
        file.ChildlessRevision = 0;
        return Errno.Again;
    }
}
