namespace WasiCloud.Embedding.Sqlite;

/// <summary>The tables, and whether a file has them.</summary>
internal static class Schema
{
    /// <summary>
    /// Values up to this length live in the key's own row, which saves a seek; longer ones apart, so that listings never touch them.
    /// </summary>
    public const int MaxInlineBytes = 512;

    private const int Version = 2;

    // "WCkv": keeps us from taking over another application's file, whose user_version means something else.
    private const int ApplicationId = 0x57436B76;

    private const string Tables = """
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
        PRAGMA user_version=1
        """;

    // How many changes and tokens a scope has is counted once, and from then on kept by the writer.
    private const string Counts = """
        ALTER TABLE scope ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE scope ADD COLUMN tokens INTEGER NOT NULL DEFAULT 0;
        UPDATE scope SET changes=(SELECT count(*) FROM change WHERE change.scope=scope.id), tokens=(SELECT count(*) FROM token WHERE token.scope=scope.id);
        PRAGMA user_version=2
        """;

    /// <summary>Creates the tables in an empty file, or checks that they are ours and brings those of an earlier version of this library up to date.</summary>
    /// <exception cref="SqliteKeyValueException">The file is newer than this library, or another application's.</exception>
    public static void Ensure(Connection connection)
    {
        connection.Execute("BEGIN IMMEDIATE");
        try
        {
            var version = connection.QueryNumber("PRAGMA user_version");
            var isEmpty = connection.QueryNumber("SELECT count(*) FROM sqlite_schema") == 0;
            if (isEmpty && version == 0) Run(connection, Tables);
            else if (connection.QueryNumber("PRAGMA application_id") != ApplicationId)
                throw new SqliteKeyValueException(connection.Path, 0, "the database belongs to another application");
            else if (version > Version)
                throw new SqliteKeyValueException(connection.Path, 0, Newer(version));
            if (version < Version) Run(connection, Counts);
            connection.Execute("COMMIT");
        }
        catch
        {
            if (connection.IsInTransaction) connection.Execute("ROLLBACK");
            throw;
        }
    }

    /// <summary>Finds the number of a scope, which is added if it is new.</summary>
    public static long EnsureScope(Connection connection, string name)
    {
        using (var insert = connection.Prepare("INSERT OR IGNORE INTO scope(name, revision, lost) VALUES(?1, 0, 0)")) insert.BindText(1, name).Run();
        using var select = connection.Prepare("SELECT id FROM scope WHERE name=?1");
        select.BindText(1, name).Step();
        return select.Number(0);
    }

    private static string Newer(long version) =>
        $"the database has schema version {version}, but this version of WasiCloud.Embedding.Sqlite knows only up to {Version}; update the package";

    private static void Run(Connection connection, string statements)
    {
        foreach (var sql in statements.Split(';')) connection.Execute(sql);
    }
}
