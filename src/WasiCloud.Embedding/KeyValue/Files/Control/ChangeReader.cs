using WasiCloud.Embedding.Authority;

namespace WasiCloud.Embedding.KeyValue.Files.Control;

/// <summary>Reads the changes that a guest may see one at a time, none lost and none twice, also across failures of the backend. Not thread-safe.</summary>
/// <param name="attachment">The guest.</param>
/// <param name="prefix">What the changed keys start with.</param>
/// <param name="afterRevision">Only changes of later revisions.</param>
/// <param name="authority">What the guest may do in the directory that the prefix ends in: of keys that it may not read, it learns nothing.</param>
internal sealed class ChangeReader(KeyValueAttachment attachment, string prefix, long afterRevision, PathAuthority authority) : IAsyncDisposable
{
    // With pauses of 0.1, 0.2, 0.4, ... seconds a backend may be away for 12 seconds.
    private const int MaxAttempts = 8;
    private const int MaxKept = 1024;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private readonly int _directoryLength = prefix.LastIndexOf('/') + 1;
    private IAsyncEnumerator<KeyValueChange>? _changes;

    // The latest revision of which a change was read, and of which keys: a commit that a failure cut short is read again from its start.
    private long _revision = afterRevision;
    private HashSet<string> _keys = new(StringComparer.Ordinal);

    /// <summary>Waits for the next change.</summary>
    /// <param name="cancellationToken">Ends this and all later calls.</param>
    /// <exception cref="KeyValueHistoryLostException">The next changes are forgotten.</exception>
    public async Task<KeyValueChange> NextAsync(CancellationToken cancellationToken)
    {
        for (var (attempt, pause) = (1, FirstPause); ; attempt++, pause *= 2)
        {
            try
            {
                return await ReadAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                await DisposeAsync().ConfigureAwait(false);
                if (attempt == MaxAttempts || exception is KeyValueHistoryLostException || cancellationToken.IsCancellationRequested) throw;
            }

            await Task.Delay(pause, attachment.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        var changes = _changes;
        _changes = null;
        if (changes is not null) await changes.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<KeyValueChange> ReadAsync(CancellationToken cancellationToken)
    {
        _changes ??= attachment.Backend.WatchAsync(prefix, _keys.Count > 0 ? _revision - 1 : _revision, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        while (await _changes.MoveNextAsync().ConfigureAwait(false))
        {
            var change = _changes.Current;
            if (IsNew(change) && !change.Key.EndsWith('/') && !attachment.IsReserved(change.Key) && IsReadable(change.Key)) return change;
        }

        throw new InvalidOperationException("The backend ended a watch, which has no end.");
    }

    private bool IsReadable(string key) => !authority.IsDivided ? authority.Allows(GuestAccess.Read) : authority.AllowsReading(key[_directoryLength..]);

    private bool IsNew(KeyValueChange change)
    {
        if (change.Revision < _revision) return false;
        if (change.Revision > _revision)
        {
            _revision = change.Revision;
            if (_keys.Count > MaxKept) _keys = new(StringComparer.Ordinal);
            else _keys.Clear();
        }

        return _keys.Add(change.Key);
    }
}
