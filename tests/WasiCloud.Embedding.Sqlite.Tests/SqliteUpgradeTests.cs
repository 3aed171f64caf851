using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Sqlite.Tests;

/// <summary>A file that the first version of the library made.</summary>
public sealed class SqliteUpgradeTests : IDisposable
{
    private const string FirstTables = """
        CREATE TABLE scope(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, revision INTEGER NOT NULL, lost INTEGER NOT NULL);
        CREATE TABLE entry(scope INTEGER NOT NULL, key BLOB NOT NULL, revision INTEGER NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
            expires INTEGER, value BLOB, content INTEGER, PRIMARY KEY(scope, key)) WITHOUT ROWID;
        CREATE INDEX entry_expires ON entry(scope, expires) WHERE expires IS NOT NULL;
        CREATE TABLE content(id INTEGER PRIMARY KEY, value BLOB NOT NULL);
        CREATE TABLE change(scope INTEGER NOT NULL, revision INTEGER NOT NULL, ordinal INTEGER NOT NULL, kind INTEGER NOT NULL, key BLOB NOT NULL,
            PRIMARY KEY(scope, revision, ordinal)) WITHOUT ROWID;
        CREATE TABLE token(scope INTEGER NOT NULL, token TEXT NOT NULL, revision INTEGER NOT NULL, created INTEGER NOT NULL,
            PRIMARY KEY(scope, token)) WITHOUT ROWID;
        CREATE INDEX token_created ON token(scope, created);
        PRAGMA application_id=1464036214;
        PRAGMA user_version=1;
        INSERT INTO scope VALUES(1, 'default', 3000, 0);
        INSERT INTO entry VALUES(1, X'6B6579', 3000, 5, 0, NULL, X'76616C7565', NULL);
        INSERT INTO token VALUES(1, 'token', 7, 3155378975999999999);
        WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM number WHERE n<3000) INSERT INTO change SELECT 1, n, 0, 0, X'6B6579' FROM number
        """;

    private readonly TemporaryFolder _folder = new();

    public SqliteUpgradeTests()
    {
        using var connection = new Connection(new() { Path = _folder.DatabasePath }, _folder.DatabasePath, isWriter: true);
        foreach (var sql in FirstTables.Split(';')) connection.Execute(sql);
    }

    public void Dispose() => _folder.Delete();

    [Fact]
    public async Task Open_OldFile_KeepsWhatItHasAndCountsIt()
    {
        await using (var backend = new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath }))
        {
            (await backend.GetAsync("key", 9, default))!.Value!.Value.ToArray().Should().Equal("value"u8.ToArray());
            (await backend.CommitAsync(new(KeyValueOperation.Put("key", default)) { IdempotencyToken = "token" }, default)).Revision.Should().Be(7);
            (await backend.CommitAsync(new(KeyValueOperation.Put("key", default, KeyValueCondition.AtRevision(3000))), default)).Revision.Should().Be(3001);
        }

        Query("SELECT changes || ' ' || tokens FROM scope").Should().Be("3001 1");
        Query("PRAGMA user_version").Should().Be("2");
    }

    [Fact]
    public async Task Open_OldFileWithMoreHistoryThanIsKept_TrimsItByChanges()
    {
        await using (var backend = new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath, HistoryLength = 100 }))
        {
            for (var index = 0; index < 3; index++) await backend.CommitAsync(new(KeyValueOperation.Put("key", default)), default);
            (await backend.CommitAsync(new(KeyValueOperation.CheckPrefix("other", 2000)), default)).Succeeded.Should().BeFalse();
            (await backend.CommitAsync(new(KeyValueOperation.CheckPrefix("other", 2950)), default)).Succeeded.Should().BeTrue();
        }

        Query("SELECT changes=(SELECT count(*) FROM change) AND changes BETWEEN 100 AND 127 FROM scope").Should().Be("1");
    }

    private string Query(string sql)
    {
        using var connection = new Connection(new() { Path = _folder.DatabasePath }, _folder.DatabasePath, isWriter: false);
        return connection.QueryText(sql);
    }
}
