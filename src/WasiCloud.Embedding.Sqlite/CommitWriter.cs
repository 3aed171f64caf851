using System.Text;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Memory;

namespace WasiCloud.Embedding.Sqlite;

/// <summary>Applies batches within a transaction of the writer's connection. Used by the writer thread alone.</summary>
internal sealed class CommitWriter : IDisposable
{
    /// <summary>How many changes the prefix checks of one batch look at while nobody else writes; what would take more fails.</summary>
    public const int MaxCheckSteps = 16_384;

    // So much is deleted by one transaction of what has expired, of changes (and twice what it added), and of tokens.
    private const int MaxDeleted = 1000;

    // About what an entry takes besides its key and value, so that many small ones do not pass for one that is as long.
    private const int EntryBytes = 64;

    // Longer than the contract's ten minutes, which a retrying caller may use up to the last second.
    private static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(15);

    private readonly SqliteKeyValueOptions _options;
    private readonly string _path;
    private readonly EntryStatements _entries;
    private readonly HistoryStatements _history;
    private readonly TokenStatements _tokens;
    private DateTimeOffset _now;
    private ScopeState _loaded;
    private ScopeState _state;

    public CommitWriter(Connection connection, long scope, SqliteKeyValueOptions options)
    {
        (_options, _path) = (options, connection.Path);
        _entries = new EntryStatements(connection, scope);
        _history = new HistoryStatements(connection, scope);
        _tokens = new TokenStatements(connection, scope);
    }

    /// <summary>Begins: reads where the scope is, which other processes may have changed, forgets old tokens and deletes what has expired.</summary>
    /// <returns>Whether that is done as far as it must be. If not, nothing is to be applied before another transaction has gone on.</returns>
    public bool Begin(DateTimeOffset now)
    {
        _now = now;
        _loaded = _state = _history.LoadState();
        if (!ForgetTokens()) return false;
        for (var ordinal = 0; _entries.FindExpired(now) is { } expired; ordinal++)
        {
            if (ordinal == MaxDeleted) return false;
            if (ordinal == 0) _state = _state with { Revision = _state.Revision + 1 };
            _entries.Delete(expired.Key, expired.Content);
            AddChange(_state.Revision, ordinal, KeyValueChangeKind.Delete, expired.Key);
        }

        return true;
    }

    public KeyValueCommitResult Apply(KeyValueBatch batch)
    {
        if (batch.IdempotencyToken is { } token && _tokens.Find(token) is { } known) return KeyValueCommitResult.Committed(known);
        var operations = batch.Operations;
        var found = new FoundEntry[operations.Count];
        if (FindFailed(batch, found) is { } failed) return KeyValueCommitResult.Conflict(failed, _state.Revision);
        if (batch.IdempotencyToken is not null && _state.Tokens >= _options.MaxTokens)
            throw new SqliteKeyValueException(_path, 0, $"{_options.MaxTokens} tokens of commits are remembered, and one more would be too many");

        var revision = _state.Revision + 1;
        var ordinal = 0L;
        for (var index = 0; index < operations.Count; index++) Write(operations[index], found[index], revision, ref ordinal);
        if (ordinal > 0) _state = _state with { Revision = revision };
        if (batch.IdempotencyToken is { } name) AddToken(name);
        return KeyValueCommitResult.Committed(_state.Revision);
    }

    /// <summary>Whether a batch takes more than it gives back, its entries counted with keys and values. Outside of a transaction.</summary>
    public bool Grows(KeyValueBatch batch)
    {
        var bytes = 0L;
        for (var index = 0; index < batch.Operations.Count; index++)
        {
            var operation = batch.Operations[index];
            if (operation.Kind is not (KeyValueOperationKind.Put or KeyValueOperationKind.Delete)) continue;
            var entry = EntryBytes + Encoding.UTF8.GetByteCount(operation.Key);
            if (operation.Kind == KeyValueOperationKind.Put) bytes += entry + operation.Value.Length;
            if (_entries.FindSize(operation.Key) is { } size) bytes -= entry + size;
        }

        return bytes > 0;
    }

    /// <summary>Forgets changes to make room, after <see cref="Begin"/>.</summary>
    /// <param name="all">All of them, or half.</param>
    public void ForgetChanges(bool all)
    {
        var count = all ? _state.Changes : _state.Changes / 2;
        if (count > 0 && _history.ForgetOldest(count) is { } lost) _state = _state with { Lost = lost, Changes = _state.Changes - count };
    }

    /// <summary>Ends, before the transaction is committed: writes where the scope is and forgets old changes.</summary>
    /// <returns>Whether anything changed that watchers are told.</returns>
    public bool End()
    {
        // In steps, because a range delete for every transaction would cost as much as the transaction.
        if (_state.Changes > _options.HistoryLength + 1L + Math.Min(_options.HistoryLength / 4, 1024)) ForgetChanges();
        if (_state != _loaded) _history.SaveState(_state);
        return _state.Revision != _loaded.Revision;
    }

    public DateTimeOffset? NextExpiry() => _entries.NextExpiry();

    public void Dispose()
    {
        _entries.Dispose();
        _history.Dispose();
        _tokens.Dispose();
    }

    private int? FindFailed(KeyValueBatch batch, FoundEntry[] found)
    {
        var end = 0;
        for (; end < found.Length; end++)
        {
            var operation = batch.Operations[end];
            if (operation.Kind != KeyValueOperationKind.CheckPrefix && !Holds(operation, out found[end])) break;
        }

        return FindChangedPrefix(batch, end) ?? (end < found.Length ? end : null);
    }

    private int? FindChangedPrefix(KeyValueBatch batch, int end)
    {
        if (PrefixChecks.Of(batch, end, _state.Revision, MaxCheckSteps) is not { } checks) return null;
        if (checks.Since < _state.Lost) return checks.FirstBefore(_state.Lost);
        _history.Look(checks);
        return checks.Failed;
    }

    private bool Holds(KeyValueOperation operation, out FoundEntry found)
    {
        if (operation.Kind is not (KeyValueOperationKind.Put or KeyValueOperationKind.Delete or KeyValueOperationKind.Check))
            throw new NotSupportedException($"The operation {operation.Kind} is not known.");
        found = _entries.Find(operation.Key);
        return operation.Condition.IsMetBy(found.Revision);
    }

    private void Write(KeyValueOperation operation, FoundEntry found, long revision, ref long ordinal)
    {
        Span<byte> buffer = stackalloc byte[KeyValueKey.MaxBytes];
        switch (operation.Kind)
        {
            case KeyValueOperationKind.Put:
                var key = buffer[..Encoding.UTF8.GetBytes(operation.Key, buffer)];
                _entries.Put(key, operation, found.Content, revision, _now);
                AddChange(revision, ordinal++, KeyValueChangeKind.Put, key);
                break;
            case KeyValueOperationKind.Delete when found.Revision > 0:
                key = buffer[..Encoding.UTF8.GetBytes(operation.Key, buffer)];
                _entries.Delete(key, found.Content);
                AddChange(revision, ordinal++, KeyValueChangeKind.Delete, key);
                break;
        }
    }

    private void AddChange(long revision, long ordinal, KeyValueChangeKind kind, ReadOnlySpan<byte> key)
    {
        _history.AddChange(revision, ordinal, kind, key);
        _state = _state with { Changes = _state.Changes + 1 };
    }

    private void AddToken(string token)
    {
        _tokens.Add(token, _state.Revision, _now);
        _state = _state with { Tokens = _state.Tokens + 1 };
    }

    // Before anything is applied: a commit whose token is one too many undoes all that its transaction did.
    private bool ForgetTokens()
    {
        if (_state.Tokens == 0) return true;
        var count = _tokens.Forget(_now - TokenLife, MaxDeleted);
        _state = _state with { Tokens = Math.Max(0, _state.Tokens - count) };
        return count < MaxDeleted || _state.Tokens < _options.MaxTokens;
    }

    private void ForgetChanges()
    {
        var added = Math.Max(0, _state.Changes - _loaded.Changes);
        var count = Math.Min(_state.Changes - _options.HistoryLength, MaxDeleted + (2 * added));
        _state = _history.ForgetOldest(count) is { } lost
            ? _state with { Lost = lost, Changes = _state.Changes - count }

            // A process with an earlier version of this library has deleted some without counting.
            : _state with { Changes = _options.HistoryLength };
    }
}
