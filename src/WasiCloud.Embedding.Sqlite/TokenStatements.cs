namespace WasiCloud.Embedding.Sqlite;

/// <summary>What the writer does to the idempotency tokens of callers.</summary>
internal sealed class TokenStatements(Connection connection, long scope) : IDisposable
{
    private readonly Statement _find = connection.Prepare("SELECT revision FROM token WHERE scope=?1 AND token=?2");
    private readonly Statement _add = connection.Prepare("INSERT INTO token(scope, token, revision, created) VALUES(?1, ?2, ?3, ?4)");
    private readonly Statement _forget = connection.Prepare("""
        DELETE FROM token WHERE scope=?1 AND token IN (SELECT o.token FROM token o WHERE o.scope=?1 AND o.created<?2 ORDER BY o.created LIMIT ?3)
        """);

    public long? Find(string token)
    {
        long? revision = _find.Bind(1, scope).BindText(2, token).Step() ? _find.Number(0) : null;
        _find.Reset();
        return revision;
    }

    public void Add(string token, long revision, DateTimeOffset now) => _add.Bind(1, scope).BindText(2, token).Bind(3, revision).Bind(4, now.UtcTicks).Run();

    /// <summary>Deletes old tokens, so many at most.</summary>
    /// <returns>How many.</returns>
    public long Forget(DateTimeOffset before, int most)
    {
        _forget.Bind(1, scope).Bind(2, before.UtcTicks).Bind(3, most).Run();
        return connection.Changes;
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _find, _add, _forget }) statement.Dispose();
    }
}
