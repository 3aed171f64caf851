using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>The snapshot that a transaction sees: which keys and listings it has read, all of them as they were at one revision. Not thread-safe.</summary>
/// <remarks>
/// The snapshot is lazy: nothing is copied when it begins. What is read for the first time must be as it was at <see cref="_revision"/>; if that is not
/// certain, a commit of nothing but checks tells whether everything read so far is still so, and then the snapshot is of now. If it is not, no serial order has
/// room for the transaction.
/// </remarks>
internal sealed class TransactionReads(IKeyValueBackend backend, long revision, TransactionKeys count, TimeProvider timeProvider)
{
    private static readonly KeyValueBatch Nothing = new();

    // Revision 0 is a key that was not there.
    private readonly Dictionary<string, long> _keys = new(StringComparer.Ordinal);
    private readonly HashSet<string> _prefixes = new(StringComparer.Ordinal);
    private long _revision = revision;
    private bool _isDoomed;

    public int Count => _keys.Count + _prefixes.Count;

    /// <summary>Reads a key.</summary>
    /// <exception cref="ErrnoException"><see cref="Errno.Stale"/> if others have changed what was read; <see cref="Errno.NoSpc"/> if it is too
    /// much.</exception>
    public async ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken)
    {
        RetryPauses? pauses = null;
        do
        {
            ThrowIfDoomed();
            var entry = await backend.GetAsync(key, maxValueLength, cancellationToken).ConfigureAwait(false);
            var found = entry?.Revision ?? 0;
            if (_keys.TryGetValue(key, out var known)) return known == found ? entry : throw Doom();
            ThrowIfFull();
            if ((found > 0 && found <= _revision)
                || await HoldsAsync(KeyValueOperation.Check(key, KeyValueCondition.AtRevision(found)), cancellationToken).ConfigureAwait(false))
            {
                Remember(key);
                _keys.Add(key, found);
                return entry;
            }

            pauses ??= new RetryPauses(timeProvider);
        }
        while (await pauses.NextAsync(cancellationToken).ConfigureAwait(false));

        throw Doom();
    }

    /// <summary>Reads what starts with a prefix, a page at a time: each page is certain before any of it is told.</summary>
    /// <exception cref="ErrnoException">As in <see cref="GetAsync"/>.</exception>
    public async IAsyncEnumerable<KeyValueEntry> ListAsync(
        string prefix, string? startAfter, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const int FirstPage = 16, LargestPage = 256;
        await CoverAsync(prefix, cancellationToken).ConfigureAwait(false);
        var page = new List<KeyValueEntry>(FirstPage);
        for (var size = FirstPage; ; size = Math.Min(size * 2, LargestPage))
        {
            ThrowIfDoomed();
            page.Clear();
            await foreach (var entry in backend.ListAsync(prefix, startAfter, cancellationToken).ConfigureAwait(false))
            {
                page.Add(entry);
                if (page.Count == size) break;
            }

            if (!await IsUnchangedAsync(prefix, cancellationToken).ConfigureAwait(false)) throw Doom();
            foreach (var entry in page) yield return entry;
            if (page.Count < size) yield break;
            startAfter = page[^1].Key;
        }
    }

    /// <summary>Adds the conditions that everything read is as it was.</summary>
    /// <exception cref="ErrnoException"><see cref="Errno.Stale"/> if it is known not to be.</exception>
    public void AddChecks(List<KeyValueOperation> operations)
    {
        ThrowIfDoomed();
        foreach (var (key, found) in _keys) operations.Add(KeyValueOperation.Check(key, KeyValueCondition.AtRevision(found)));
        foreach (var prefix in _prefixes) operations.Add(KeyValueOperation.CheckPrefix(prefix, _revision));
    }

    // A listing is part of the snapshot from its first page on; the prefix of a prefix that is covered is as well.
    private async ValueTask CoverAsync(string prefix, CancellationToken cancellationToken)
    {
        ThrowIfDoomed();
        if (_prefixes.Contains(prefix)) return;
        ThrowIfFull();
        await HoldsAsync(check: null, cancellationToken).ConfigureAwait(false);
        Remember(prefix);
        _prefixes.Add(prefix);
    }

    private async ValueTask<bool> IsUnchangedAsync(string prefix, CancellationToken cancellationToken)
    {
        var now = await backend.CommitAsync(Nothing, cancellationToken).ConfigureAwait(false);
        if (now.Revision == _revision) return true;
        return (await backend.CommitAsync(new(KeyValueOperation.CheckPrefix(prefix, _revision)), cancellationToken).ConfigureAwait(false)).Succeeded;
    }

    /// <summary>Moves the snapshot to now.</summary>
    /// <returns>Whether the one further condition holds.</returns>
    private async ValueTask<bool> HoldsAsync(KeyValueOperation? check, CancellationToken cancellationToken)
    {
        // If the scope has not changed at all, what was just read is as it was.
        var now = await backend.CommitAsync(Nothing, cancellationToken).ConfigureAwait(false);
        if (now.Revision == _revision) return true;
        var operations = new List<KeyValueOperation>(Count + 1);
        AddChecks(operations);
        if (check is not null) operations.Add(check);
        var result = await backend.CommitAsync(new(operations), cancellationToken).ConfigureAwait(false);
        if (result.Succeeded) _revision = result.Revision;
        else if (check is null || result.FailedOperation < operations.Count - 1) throw Doom();
        return result.Succeeded;
    }

    private ErrnoException Doom()
    {
        _isDoomed = true;
        return new ErrnoException(Errno.Stale);
    }

    private void ThrowIfDoomed()
    {
        if (_isDoomed) throw new ErrnoException(Errno.Stale);
    }

    private void Remember(string key)
    {
        if (!count.TryAdd(key)) throw new ErrnoException(Errno.NoMem);
    }

    private void ThrowIfFull()
    {
        if (!count.HasRoomFor(1)) throw new ErrnoException(Errno.NoSpc);
    }
}
