namespace WasiCloud.Embedding.PostgreSql;

/// <summary>The function in the server that finds out whether anything below some prefixes has changed.</summary>
internal static class PrefixFunction
{
    /// <summary>Its number changes with that of <see cref="CommitFunction.Name"/>.</summary>
    public const string Name = "changed_prefix_4";

    /// <summary>
    /// How many steps the prefix checks of one batch take, during which nobody else commits to the scope: one for each change, and a quarter for each distinct
    /// length of a prefix. What would take more fails.
    /// </summary>
    public const int MaxSteps = 16_384;

    // One pass over the changes for all prefixes. The plan is told, because PostgreSQL, which does not know how many there are, might compare each with each;
    // and what that does to its estimates is no reason to compile.
    public static string Text { get; } = $$"""
        CREATE FUNCTION {schema}.{{Name}}(p_scope integer, p_lost bigint, p_revision bigint, p_kinds smallint[], p_keys bytea[],
            p_conditions bigint[], OUT o_failed integer)
            LANGUAGE plpgsql SET enable_nestloop = off SET enable_mergejoin = off SET jit = off AS $body$
        DECLARE
            v_first integer;
            v_since bigint;
            v_lengths integer[];
            v_limit bigint;
            v_count bigint;
        BEGIN
            SELECT min(x.position), min(x.since), array_agg(DISTINCT length(x.key)), min(x.position) FILTER (WHERE x.since < p_lost)
                INTO v_first, v_since, v_lengths, o_failed
                FROM unnest(p_kinds, p_keys, p_conditions) WITH ORDINALITY x(kind, key, since, position) WHERE x.kind = 3 AND x.since < p_revision;
            IF v_first IS NULL OR o_failed IS NOT NULL THEN RETURN; END IF;
            v_limit := {{MaxSteps}} / (1 + cardinality(v_lengths) / 4.0);
            WITH h AS MATERIALIZED (SELECT c.revision, c.key FROM {schema}.change c
                    WHERE c.scope = p_scope AND c.revision > v_since ORDER BY c.revision, c.ordinal LIMIT v_limit + 1),
                x AS MATERIALIZED (SELECT u.key, u.since, u.position FROM unnest(p_kinds, p_keys, p_conditions) WITH ORDINALITY u(kind, key, since, position)
                    WHERE u.kind = 3 AND u.since < p_revision)
            SELECT (SELECT count(*) FROM h), (SELECT min(x.position)
                FROM (SELECT substring(h.key from 1 for l.length) AS start, h.revision FROM h, unnest(v_lengths) l(length)) s
                JOIN x ON x.key = s.start WHERE s.revision > x.since) INTO v_count, o_failed;
            IF v_count > v_limit THEN o_failed := v_first; END IF;
        END
        $body$;
        """;
}
