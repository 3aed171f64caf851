using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Sqlite;

/// <summary>What the writer does to revisions, changes and idempotency tokens.</summary>
internal sealed class HistoryStatements(Connection connection, long scope) : IDisposable
{
    private readonly Statement _loadState = connection.Prepare("SELECT revision, lost FROM scope WHERE id=?1");
    private readonly Statement _saveState = connection.Prepare("UPDATE scope SET revision=?2, lost=?3 WHERE id=?1");
    private readonly Statement _addChange = connection.Prepare("INSERT INTO change(scope, revision, ordinal, kind, key) VALUES(?1, ?2, ?3, ?4, ?5)");
    private readonly Statement _hasChange = connection.Prepare("SELECT 1 FROM change WHERE scope=?1 AND revision>?2 AND key>=?3 AND key<?4 LIMIT 1");
    private readonly Statement _forgetChanges = connection.Prepare("DELETE FROM change WHERE scope=?1 AND revision<=?2");
    private readonly Statement _findToken = connection.Prepare("SELECT revision FROM token WHERE scope=?1 AND token=?2");
    private readonly Statement _addToken = connection.Prepare("INSERT INTO token(scope, token, revision, created) VALUES(?1, ?2, ?3, ?4)");
    private readonly Statement _forgetTokens = connection.Prepare("DELETE FROM token WHERE scope=?1 AND created<?2");

    public (long Revision, long Lost) LoadState()
    {
        _loadState.Bind(1, scope).Step();
        var state = (_loadState.Number(0), _loadState.Number(1));
        _loadState.Reset();
        return state;
    }

    public void SaveState(long revision, long lost) => _saveState.Bind(1, scope).Bind(2, revision).Bind(3, lost).Run();

    public void AddChange(long revision, long ordinal, KeyValueChangeKind kind, ReadOnlySpan<byte> key) =>
        _addChange.Bind(1, scope).Bind(2, revision).Bind(3, ordinal).Bind(4, (long)kind).Bind(5, key).Run();

    public bool HasChange(byte[] prefix, long since)
    {
        // No UTF-8 text has a byte 0xFF, so this follows all that start with the prefix.
        byte[] end = [.. prefix, 0xFF];
        var has = _hasChange.Bind(1, scope).Bind(2, since).Bind(3, prefix).Bind(4, end).Step();
        _hasChange.Reset();
        return has;
    }

    public void ForgetChanges(long upToRevision) => _forgetChanges.Bind(1, scope).Bind(2, upToRevision).Run();

    public long? FindToken(string token)
    {
        long? revision = _findToken.Bind(1, scope).BindText(2, token).Step() ? _findToken.Number(0) : null;
        _findToken.Reset();
        return revision;
    }

    public void AddToken(string token, long revision, DateTimeOffset now) => _addToken.Bind(1, scope).BindText(2, token).Bind(3, revision).Bind(4, now.UtcTicks).Run();

    public void ForgetTokens(DateTimeOffset before) => _forgetTokens.Bind(1, scope).Bind(2, before.UtcTicks).Run();

    public void Dispose()
    {
        foreach (var statement in new[] { _loadState, _saveState, _addChange, _hasChange, _forgetChanges, _findToken, _addToken, _forgetTokens }) statement.Dispose();
    }
}
