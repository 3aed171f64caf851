namespace WasiCloud.Embedding.KeyValue;

/// <summary>An ordered, versioned store of opaque values: one scope of <c>/beta/kv</c>.</summary>
/// <remarks>
/// Thread-safe; called from many guests at once. Keys are any UTF-8 text of 1 to 1,024 bytes, ordered by their UTF-8 bytes.
/// Every commit that changes something, the expiry of entries included, gets a revision higher than all before it in the scope; an entry carries the
/// revision of the commit that wrote it. A commit that changes nothing (only checks, or deletes of what is not there) keeps the revision.
/// Reads see every commit that was acknowledged before they began. A failure of the store is an exception, which the guest sees as <c>EIO</c>;
/// a failed condition is a value. A key or prefix that <see cref="KeyValueKey"/> does not allow is an <see cref="ArgumentException"/>.
/// </remarks>
public interface IKeyValueBackend
{
    /// <summary>Gets one entry.</summary>
    /// <param name="key">The key.</param>
    /// <param name="maxValueLength">Values of more bytes than this are returned without content (<see cref="KeyValueEntry.Value"/> is <see langword="null"/>),
    /// so that a <c>stat</c> does not load them.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The entry, or <see langword="null"/> if there is none or it has expired.</returns>
    ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken);

    /// <summary>Lists entries without their values, in key order.</summary>
    /// <param name="prefix">What every key starts with; empty lists all.</param>
    /// <param name="startAfter">Only keys that follow this one, which need neither exist nor be short enough for a key; <see langword="null"/> starts at the
    /// first.</param>
    /// <param name="cancellationToken">Cancels the listing.</param>
    /// <returns>
    /// A stream that holds no more than a page of entries at a time. It need not be one snapshot, but an entry that exists throughout is listed exactly once.
    /// </returns>
    IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken);

    /// <summary>Applies all operations of a batch or, if a condition does not hold, none; serializable with all other commits of the scope.</summary>
    /// <remarks>Conditions are about the scope as it was before the batch, whatever the order of the operations.</remarks>
    /// <param name="batch">The operations. An empty batch succeeds and tells the current revision.</param>
    /// <param name="cancellationToken">Cancels the commit only while it has not begun to apply; an acknowledged commit is as durable as the backend is
    /// configured to be.</param>
    /// <returns>The new revision, or which operation's condition failed.</returns>
    ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken);

    /// <summary>Streams the changes of the scope in commit order, each exactly once.</summary>
    /// <param name="prefix">What the changed keys start with; empty for all.</param>
    /// <param name="afterRevision">Only changes of later revisions. Take it from an entry, an earlier change or an empty commit, so that nothing is lost in
    /// between.</param>
    /// <param name="cancellationToken">Ends the stream with <see cref="OperationCanceledException"/>.</param>
    /// <returns>An endless stream. <see cref="KeyValueHistoryLostException"/> if changes after <paramref name="afterRevision"/> are no longer known.</returns>
    IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken);
}
