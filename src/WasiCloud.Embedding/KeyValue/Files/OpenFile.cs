namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>Which key an open file commits to, and what is known of it. It changes under the handle when the guest renames or unlinks.</summary>
internal sealed class OpenFile(string key)
{
    /// <summary>The key, or <see langword="null"/> once the name is gone: then nothing is ever committed.</summary>
    public string? Key { get; private set; } = key;

    /// <summary>The revision that the content was read at, 0 if there was no entry.</summary>
    public long Revision { get; set; }

    /// <summary>When the entry expires; kept by a commit that overwrites it.</summary>
    public DateTimeOffset? Expires { get; set; }

    /// <summary>Whether the file was created and is not committed yet.</summary>
    public bool IsNew { get; set; }

    /// <summary>Whether the commit must find the key absent (<c>O_EXCL</c>).</summary>
    public bool IsExclusive { get; set; }

    /// <summary>Whether the commit fails if the key changed since it was read (read+write).</summary>
    public bool ComparesRevision { get; set; }

    /// <summary>At which revision of the scope nothing was below the key taken as a directory; 0 if that was not looked at.</summary>
    public long ChildlessRevision { get; set; }

    /// <summary>When it was created, for <c>stat</c> until it is committed.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>The commit succeeded: from now on this is an existing file.</summary>
    public void Committed(long revision) => (Revision, IsNew, IsExclusive) = (revision, false, false);

    public void Unlink() => (Key, IsNew) = (null, false);

    /// <summary>Follows the rename of a committed file; content that was current before is so afterwards.</summary>
    public void Rename(string newKey, long oldRevision, long newRevision)
    {
        Key = newKey;
        if (Revision == oldRevision) Revision = newRevision;
    }

    /// <summary>
    /// Follows the rename of a file that is not committed yet: its commit replaces whatever has the new name by then, as the rename would have.
    /// </summary>
    public void RenameNew(string newKey) => (Key, IsExclusive, ComparesRevision, ChildlessRevision) = (newKey, false, false, 0);
}
