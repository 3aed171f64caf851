namespace WasiCloud.Embedding.PostgreSql;

/// <summary>What the backend creates in its schema.</summary>
/// <remarks>
/// <see cref="Version"/> is of tables that earlier versions of this library must not touch. What they can live with is added to a schema that they made: the
/// function of <see cref="CommitFunction"/>, whose name
/// says of which version it is, and what it needs. So a new version's hosts and an old one's work side by side, and an old schema is not left with an old
/// function.
/// </remarks>
internal static class SchemaText
{
    public const int Version = 1;

    // Keys are bytea, which PostgreSQL orders bytewise and which, unlike text, may hold the character 0. Large values leave the row by themselves (TOAST),
    // so that listings do not touch them. The rows that are overwritten most have room for their next version on the same page.
    private const string Tables = """
        CREATE TABLE {schema}.scope(id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE, revision bigint NOT NULL,
            lost bigint NOT NULL, next_expiry timestamptz, tokens_trimmed timestamptz NOT NULL) WITH (fillfactor = 10);
        CREATE TABLE {schema}.entry(scope integer NOT NULL, key bytea NOT NULL, revision bigint NOT NULL, size integer NOT NULL, modified timestamptz NOT NULL,
            expires timestamptz, value bytea NOT NULL, PRIMARY KEY(scope, key)) WITH (fillfactor = 80);
        CREATE INDEX entry_expires ON {schema}.entry(scope, expires) WHERE expires IS NOT NULL;
        CREATE TABLE {schema}.change(scope integer NOT NULL, revision bigint NOT NULL, ordinal bigint NOT NULL, kind smallint NOT NULL, key bytea NOT NULL,
            PRIMARY KEY(scope, revision, ordinal));
        CREATE TABLE {schema}.token(scope integer NOT NULL, token bytea NOT NULL, revision bigint NOT NULL, created timestamptz NOT NULL,
            PRIMARY KEY(scope, token));
        CREATE INDEX token_created ON {schema}.token(scope, created);
        CREATE TABLE {schema}.version(version integer NOT NULL);
        INSERT INTO {schema}.version VALUES (1);
        """;

    // How many changes and tokens there are is counted once, and from then on kept by the function. A writer is one object of this library: its latest group of
    // commits, what revisions they got, and which of their operations was refused, if any. A schema that had an earlier function may have some of this.
    private const string Additions = """
        ALTER TABLE {schema}.scope ADD COLUMN IF NOT EXISTS changes bigint NOT NULL DEFAULT 0,
            ADD COLUMN IF NOT EXISTS tokens bigint NOT NULL DEFAULT 0;
        UPDATE {schema}.scope s SET changes = (SELECT count(*) FROM {schema}.change c WHERE c.scope = s.id),
            tokens = (SELECT count(*) FROM {schema}.token t WHERE t.scope = s.id);
        CREATE TABLE IF NOT EXISTS {schema}.writer(scope integer NOT NULL, id bytea NOT NULL, number bigint NOT NULL, revisions bigint[] NOT NULL,
            seen timestamptz NOT NULL, PRIMARY KEY(scope, id)) WITH (fillfactor = 10);
        ALTER TABLE {schema}.writer ADD COLUMN IF NOT EXISTS refusals integer[];
        """;

    /// <summary>What an empty schema gets before <see cref="Upgrade"/>.</summary>
    public static string Create(string schema) => Fill(Tables, schema);

    /// <summary>What a schema gets that has not got <see cref="CommitFunction.Name"/>.</summary>
    public static string Upgrade(string schema) => Fill(Additions + PrefixFunction.Text + CommitFunction.Text, schema);

    /// <summary>Where commits of a scope notify.</summary>
    public static string Channel(string schema, int scope) => FormattableString.Invariant($"{schema}.{scope}");

    // The names that the options allow need no quotes except where they are key words.
    public static string Quote(string schema) => $"\"{schema}\"";

    private static string Fill(string text, string schema) =>
        text.Replace("{schema}", Quote(schema), StringComparison.Ordinal).Replace("{name}", schema, StringComparison.Ordinal);
}
