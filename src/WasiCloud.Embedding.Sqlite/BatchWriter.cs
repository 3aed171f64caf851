using System.Text;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Sqlite;

/// <summary>Applies batches within a transaction of the writer's connection. Used by the writer thread alone.</summary>
internal sealed class BatchWriter : IDisposable
{
    // Longer than the contract's ten minutes, which a retrying caller may use up to the last second.
    private static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(15);

    // The changes of how many commits the prefix checks of one batch look at together while nobody else writes; what would take more fails. One check may look at the longest history by default.
    private const long MaxCheckSteps = 1 << 18;

    private readonly long _scope;
    private readonly int _historyLength;
    private readonly EntryStatements _entries;
    private readonly HistoryStatements _history;
    private DateTimeOffset _now;
    private long _loadedRevision;
    private long _revision;
    private long _lost;
    private long _checkSteps;

    public BatchWriter(Connection connection, long scope, int historyLength)
    {
        (_scope, _historyLength) = (scope, historyLength);
        _entries = new EntryStatements(connection, scope);
        _history = new HistoryStatements(connection, scope);
    }

    /// <summary>Begins: reads where the scope is, which other processes may have changed, and deletes what has expired.</summary>
    public void Begin(DateTimeOffset now)
    {
        _now = now;
        (_revision, _lost) = _history.LoadState();
        _loadedRevision = _revision;
        var ordinal = 0L;
        while (_entries.FindExpired(now) is { } expired)
        {
            if (ordinal == 0) _revision++;
            _entries.Delete(expired.Key, expired.Content);
            _history.AddChange(_revision, ordinal++, KeyValueChangeKind.Delete, expired.Key);
        }
    }

    public KeyValueCommitResult Apply(KeyValueBatch batch)
    {
        if (batch.IdempotencyToken is { } token && _history.FindToken(token) is { } known) return KeyValueCommitResult.Committed(known);
        var operations = batch.Operations;
        var found = new FoundEntry[operations.Count];
        _checkSteps = MaxCheckSteps;
        for (var index = 0; index < operations.Count; index++)
        {
            if (!Holds(operations[index], out found[index])) return KeyValueCommitResult.Conflict(index, _revision);
        }

        var revision = _revision + 1;
        var ordinal = 0L;
        for (var index = 0; index < operations.Count; index++) Write(operations[index], found[index], revision, ref ordinal);
        if (ordinal > 0) _revision = revision;
        if (batch.IdempotencyToken is { } name) _history.AddToken(name, _revision, _now);
        return KeyValueCommitResult.Committed(_revision);
    }

    /// <summary>Ends, before the transaction is committed: writes where the scope is and forgets what is old.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool End()
    {
        _history.ForgetTokens(_now - TokenLife);
        if (_revision == _loadedRevision) return false;

        // In steps, because a range delete for every transaction would cost as much as the transaction.
        if (_revision - _lost > _historyLength + 1 + (_historyLength / 4))
        {
            _lost = _revision - _historyLength;
            _history.ForgetChanges(_lost);
        }

        _history.SaveState(_revision, _lost);
        return true;
    }

    public DateTimeOffset? NextExpiry() => _entries.NextExpiry();

    public void Dispose()
    {
        _entries.Dispose();
        _history.Dispose();
    }

    private bool Holds(KeyValueOperation operation, out FoundEntry found)
    {
        found = default;
        if (operation.Kind == KeyValueOperationKind.CheckPrefix)
        {
            var since = operation.Condition.Revision ?? 0;
            _checkSteps -= Math.Max(0, _revision - since);
            return since >= _lost && _checkSteps >= 0 && !_history.HasChange(Encoding.UTF8.GetBytes(operation.Key), since);
        }

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
                _history.AddChange(revision, ordinal++, KeyValueChangeKind.Put, key);
                break;
            case KeyValueOperationKind.Delete when found.Revision > 0:
                key = buffer[..Encoding.UTF8.GetBytes(operation.Key, buffer)];
                _entries.Delete(key, found.Content);
                _history.AddChange(revision, ordinal++, KeyValueChangeKind.Delete, key);
                break;
        }
    }
}
