using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>
/// A scope as one transaction sees it: its snapshot, with what it has written laid over. The ordinary directories and files work on it as on any backend. Not
/// thread-safe.
/// </summary>
/// <remarks>
/// What the transaction writes has revisions above all that a store can have, so that the conditions of files and directories mean here what they mean outside.
/// Every member may throw <see cref="ErrnoException"/>: <see cref="Errno.Stale"/>, <see cref="Errno.NoSpc"/> or <see cref="Errno.NoMem"/>.
/// </remarks>
internal sealed class TransactionBackend(IKeyValueBackend store, long revision, TransactionKeys keys, OpenBytes openBytes, TimeProvider timeProvider)
    : IKeyValueBackend
{
    private const long FirstRevision = 1L << 62;

    private readonly TransactionReads _reads = new(store, revision, keys, timeProvider);
    private readonly Dictionary<string, TransactionWrite> _writes = new(StringComparer.Ordinal);

    // The keys of the writes in order, so that what is below a directory is found without a look at all others: every new file looks for what is below its own
    // name.
    private readonly SortedSet<string> _order = new(KeyValueKey.Order);
    private long _revision = FirstRevision;
    private long _bytes;
    private bool _hasEnded;

    public async ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        if (!_writes.TryGetValue(key, out var write)) return await _reads.GetAsync(key, maxValueLength, cancellationToken).ConfigureAwait(false);
        return write.Entry is { } entry && entry.Size > maxValueLength ? entry with { Value = null } : write.Entry;
    }

    public async IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        var last = startAfter;
        await foreach (var entry in _reads.ListAsync(prefix, startAfter, cancellationToken).ConfigureAwait(false))
        {
            foreach (var written in WrittenBetween(prefix, last, entry.Key)) yield return written;
            if (!_writes.TryGetValue(entry.Key, out var write)) yield return entry;
            else if (write.Entry is { } own) yield return own with { Value = null };
            last = entry.Key;
        }

        foreach (var written in WrittenBetween(prefix, last, end: null)) yield return written;
    }

    /// <summary>Commits to the transaction, not to the store.</summary>
    public async ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        for (var index = 0; index < batch.Operations.Count; index++)
        {
            if (!await HoldsAsync(batch.Operations[index], cancellationToken).ConfigureAwait(false)) return KeyValueCommitResult.Conflict(index, _revision);
        }

        Reserve(batch);
        if (batch.HasWrites) _revision++;
        foreach (var operation in batch.Operations.Where(static operation => operation.IsWrite))
        {
            _writes[operation.Key] = new TransactionWrite(operation, _revision, timeProvider);
            _order.Add(operation.Key);
        }

        return KeyValueCommitResult.Committed(_revision);
    }

    public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A transaction has no watches.");

    /// <summary>Makes what was written happen in the store at once, if everything that was read is still so.</summary>
    /// <returns><see cref="Errno.Stale"/> if it is not, and nothing happened.</returns>
    public async ValueTask<Errno> CompleteAsync(CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        var operations = new List<KeyValueOperation>(_reads.Count + _writes.Count);
        _reads.AddChecks(operations);

        // What only reads is serialized where its snapshot is.
        if (_writes.Count == 0) return Errno.Success;
        foreach (var (key, write) in _writes)
        {
            operations.Add(write.Entry is { } entry
                ? KeyValueOperation.Put(key, entry.Value!.Value, expires: entry.Expires)
                : KeyValueOperation.Delete(key));
        }

        // Without a token: nobody tries it again, and a store would have to remember it for minutes.
        return (await store.CommitAsync(new(operations), cancellationToken).ConfigureAwait(false)).Succeeded ? Errno.Success : Errno.Stale;
    }

    /// <summary>Forgets everything. Descriptors that are still open say <see cref="Errno.Stale"/> from then on.</summary>
    public void End()
    {
        openBytes.Release(_bytes);
        keys.Release();
        (_bytes, _hasEnded) = (0, true);
        _writes.Clear();
        _order.Clear();
    }

    private async ValueTask<bool> HoldsAsync(KeyValueOperation operation, CancellationToken cancellationToken)
    {
        if (operation.Kind == KeyValueOperationKind.CheckPrefix) return IsUnchanged(operation.Key, operation.Condition.Revision ?? 0);

        // What requires nothing reads nothing: others may write it too.
        if (operation.Condition == default) return true;
        var entry = await GetAsync(operation.Key, maxValueLength: 0, cancellationToken).ConfigureAwait(false);
        return operation.Condition.IsMetBy(entry?.Revision ?? 0);
    }

    // By the transaction itself. What others do shows in the snapshot, which the listing is part of.
    private bool IsUnchanged(string prefix, long sinceRevision)
    {
        if (sinceRevision >= _revision) return true;
        foreach (var key in KeysFrom(prefix))
        {
            if (!key.StartsWith(prefix, StringComparison.Ordinal)) break;
            if (_writes[key].Revision > sinceRevision) return false;
        }

        return true;
    }

    private void Reserve(KeyValueBatch batch)
    {
        var (count, bytes) = (0, 0L);
        foreach (var operation in batch.Operations.Where(static operation => operation.IsWrite))
        {
            if (_writes.TryGetValue(operation.Key, out var replaced)) bytes -= replaced.Entry?.Size ?? 0;
            else (count, bytes) = (count + 1, bytes + TransactionKeys.SizeOf(operation.Key));
            bytes += operation.Value.Length;
        }

        if (count > 0 && !keys.HasRoomFor(count)) throw new ErrnoException(Errno.NoSpc);
        if (!openBytes.TryReserve(bytes)) throw new ErrnoException(Errno.NoMem);
        keys.AddReserved(count);
        _bytes += bytes;
    }

    // A page at a time, so that who wants to know only whether there is something does not pay for all of it; each looked for anew, because the guest may write
    // while it lists.
    private IEnumerable<KeyValueEntry> WrittenBetween(string prefix, string? start, string? end)
    {
        const int PageSize = 64;
        var page = new List<KeyValueEntry>();
        do
        {
            page.Clear();
            var first = start is not null && KeyValueKey.Order.Compare(start, prefix) > 0 ? start : prefix;
            foreach (var key in KeysFrom(first))
            {
                if (page.Count == PageSize || !key.StartsWith(prefix, StringComparison.Ordinal)
                    || (end is not null && KeyValueKey.Order.Compare(key, end) >= 0)) break;
                if (_writes[key].Entry is { } entry && !string.Equals(key, start, StringComparison.Ordinal)) page.Add(entry with { Value = null });
            }

            foreach (var entry in page) yield return entry;
            if (page.Count > 0) start = page[^1].Key;
        }
        while (page.Count == PageSize);
    }

    private SortedSet<string> KeysFrom(string first) =>
        _order.Max is { } last && KeyValueKey.Order.Compare(first, last) <= 0 ? _order.GetViewBetween(first, last) : [];

    private void ThrowIfEnded()
    {
        if (_hasEnded) throw new ErrnoException(Errno.Stale);
    }
}
