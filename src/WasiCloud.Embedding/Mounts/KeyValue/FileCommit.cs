using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Mounts.KeyValue;

/// <summary>Makes a file's content visible under its key, with the condition that its opening implies.</summary>
internal static class FileCommit
{
    // One of the competing commits succeeds in every round, so this many rounds mean this many competitors at least.
    private const int MaxAttempts = 100;

    /// <summary>Commits content that was written at positions: compare-and-swap, put-if-absent or last-writer-wins.</summary>
    public static async ValueTask<Errno> PutAsync(KeyValueAttachment attachment, OpenFile file, ReadOnlyMemory<byte> value, CancellationToken cancellationToken)
    {
        if (file.Key is null) return Errno.Success;
        if (file.IsExclusive) return await CreateAsync(attachment, file, value, KeyValueCondition.Absent, Errno.Exist, cancellationToken).ConfigureAwait(false);
        if (file.ComparesRevision)
        {
            if (file.Revision == 0) return await CreateAsync(attachment, file, value, KeyValueCondition.Absent, Errno.Stale, cancellationToken).ConfigureAwait(false);
            return await ReplaceAsync(attachment, file, value, KeyValueCondition.AtRevision(file.Revision), file.Expires, cancellationToken).ConfigureAwait(false)
                ? Errno.Success
                : Errno.Stale;
        }

        // A key that exists needs no look at its surroundings.
        if (!file.IsNew && await ReplaceAsync(attachment, file, value, KeyValueCondition.Present, file.Expires, cancellationToken).ConfigureAwait(false)) return Errno.Success;
        return await CreateAsync(attachment, file, value, default, Errno.Success, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Commits a file that was created and not written to. Somebody else's creation serves as well, unless it had to be this one.</summary>
    public static ValueTask<Errno> TouchAsync(KeyValueAttachment attachment, OpenFile file, CancellationToken cancellationToken)
    {
        if (file.Key is null) return new(Errno.Success);
        return CreateAsync(attachment, file, default, KeyValueCondition.Absent, file.IsExclusive ? Errno.Exist : Errno.Success, cancellationToken);
    }

    /// <summary>Commits appended bytes behind whatever the value is by now.</summary>
    /// <param name="attachment">The guest.</param>
    /// <param name="file">The file.</param>
    /// <param name="content">What the handle sees; becomes what was committed.</param>
    /// <param name="readLength">How much of it was there before the appends.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async ValueTask<Errno> AppendAsync(KeyValueAttachment attachment, OpenFile file, FileContent content, int readLength, CancellationToken cancellationToken)
    {
        if (file.IsExclusive) return await PutAsync(attachment, file, content.Memory, cancellationToken).ConfigureAwait(false);

        // The file keeps what its own content was read at until a commit succeeds: a later one that took these for the content's would undo what others appended.
        var (value, revision, expires) = (content.Memory, file.Revision, file.Expires);
        using var held = new HeldBytes(attachment);
        for (var attempt = 0; attempt < MaxAttempts && file.Key is not null; attempt++)
        {
            var condition = KeyValueCondition.AtRevision(revision);
            if (revision > 0)
            {
                var isReplaced = await ReplaceAsync(attachment, file, value, condition, expires, cancellationToken).ConfigureAwait(false);
                if (isReplaced) return Become(content, value, held);
            }
            else
            {
                var error = await CreateAsync(attachment, file, value, condition, Errno.Again, cancellationToken).ConfigureAwait(false);
                if (error != Errno.Again) return error == Errno.Success ? Become(content, value, held) : error;
            }

            var entry = await attachment.Backend.GetAsync(file.Key, attachment.Options.MaxValueBytes, cancellationToken).ConfigureAwait(false);
            if (entry is { Value: null }) return Errno.FBig;
            var appended = content.Memory[readLength..];
            var size = (entry?.Size ?? 0) + appended.Length;
            if (size > attachment.Options.MaxValueBytes) return Errno.FBig;

            // Before anything is committed: who has no room for the result must not have appended.
            held.Dispose();
            if (!held.TryAdd(size)) return Errno.NoMem;
            value = Concatenate(entry?.Value ?? default, appended);
            (revision, expires) = (entry?.Revision ?? 0, entry?.Expires);
        }

        return file.Key is null ? Errno.Success : Errno.Again;
    }

    // What the operation held is the content's now.
    private static Errno Become(FileContent content, ReadOnlyMemory<byte> value, HeldBytes held)
    {
        held.Dispose();
        return content.Reset(value);
    }

    private static async ValueTask<bool> ReplaceAsync(
        KeyValueAttachment attachment, OpenFile file, ReadOnlyMemory<byte> value, KeyValueCondition condition, DateTimeOffset? expires, CancellationToken cancellationToken)
    {
        var batch = new KeyValueBatch(KeyValueOperation.Put(file.Key!, value, condition, expires));
        var result = await attachment.Backend.CommitAsync(batch, cancellationToken).ConfigureAwait(false);
        if (!result.Succeeded) return false;
        file.Committed(result.Revision);
        file.Expires = expires;
        return true;
    }

    /// <summary>Puts a key that may be new, so that it must not become both file and directory, nor a child of a file.</summary>
    private static async ValueTask<Errno> CreateAsync(
        KeyValueAttachment attachment, OpenFile file, ReadOnlyMemory<byte> value, KeyValueCondition condition, Errno conflict, CancellationToken cancellationToken)
    {
        var directoryKey = file.Key + "/";
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var operations = new List<KeyValueOperation> { KeyValueOperation.Put(file.Key!, value, condition) };
            if (!attachment.IsTooLong(directoryKey))
            {
                if (file.ChildlessRevision == 0 || attempt > 0)
                {
                    var probe = await DirectoryProbe.TakeAsync(attachment.Backend, directoryKey, cancellationToken).ConfigureAwait(false);
                    if (probe.Exists) return Errno.IsDir;
                    file.ChildlessRevision = probe.Revision;
                }

                operations.Add(KeyValueOperation.CheckPrefix(directoryKey, file.ChildlessRevision));
            }

            DirectoryProbe.AddAncestorChecks(operations, file.Key!, attachment.Options.Prefix.Length);
            var result = await attachment.Backend.CommitAsync(new(operations), cancellationToken).ConfigureAwait(false);
            if (result.Succeeded) file.Committed(result.Revision);
            if (result.Succeeded) return Errno.Success;
            if (result.FailedOperation == 0) return conflict;
            if (operations[result.FailedOperation].Kind == KeyValueOperationKind.Check) return Errno.NotDir;
        }

        return Errno.Again;
    }

    private static byte[] Concatenate(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(first.Length + second.Length);
        first.CopyTo(bytes);
        second.CopyTo(bytes.AsMemory(first.Length));
        return bytes;
    }
}
