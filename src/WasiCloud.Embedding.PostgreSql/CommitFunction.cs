namespace WasiCloud.Embedding.PostgreSql;

/// <summary>The function in the server that applies one batch.</summary>
internal static class CommitFunction
{
    /// <summary>
    /// Whoever changes the text changes the number, here and in <see cref="PrefixFunction.Name"/>: a schema that has a function of this name is not given it
    /// again.
    /// </summary>
    public const string Name = "commit_batch_4";

    /// <summary>
    /// What it gives for the failed operation if not all that has expired, or not all old tokens in the way of one more, could be deleted: nothing was applied,
    /// and the next transaction goes on.
    /// </summary>
    public const int IsSweeping = -2;

    /// <summary>The error of a commit that arrives after a later group of its writer.</summary>
    public const string Overtaken = "WC001";

    /// <summary>The error of a commit whose token is one too many.</summary>
    public const string TooManyTokens = "WC002";

    /// <summary>The error of a commit that arrives after its time.</summary>
    public const string Late = "WC003";

    // So much is deleted by one transaction of what has expired, of changes (and twice what it added), and of tokens.
    private const int MaxDeleted = 1000;

    // A batch is judged once: what came of it is kept under its token or its writer's number, and told to its repetitions. A refusal is kept, under the number,
    // if the batch was sent before (p_repeated), because that copy may come later, when its conditions hold; and what comes after p_deadline, which is when the
    // caller is told that nothing is known, is refused. So what a host said of a commit stays true whenever its messages arrive.
    // Kinds are those of KeyValueOperationKind; conditions: 0 none, -1 absent, -2 present, else a revision. No UTF-8 text has a byte 0xFF.
    // Tokens live 15 minutes, longer than the contract's ten, which a retrying caller may use up to the last second. Those that a host of an earlier version
    // makes itself are not refused.
    public static string Text { get; } = $$"""
        CREATE FUNCTION {schema}.{{Name}}(p_scope integer, p_token bytea, p_writer bytea, p_group bigint, p_index integer,
            p_repeated boolean, p_deadline timestamptz, p_kinds smallint[], p_keys bytea[], p_conditions bigint[], p_values bytea[], p_lives bigint[],
            p_history bigint, p_tokens bigint,
            OUT o_revision bigint, OUT o_failed integer, OUT o_expires_in bigint, OUT o_now timestamptz) LANGUAGE plpgsql AS $body$
        DECLARE
            v_revision bigint;
            v_lost bigint;
            v_changes bigint;
            v_tokens bigint;
            v_next_expiry timestamptz;
            v_trimmed timestamptz;
            v_loaded bigint;
            v_loaded_tokens bigint;
            v_loaded_trimmed timestamptz;
            v_group bigint;
            v_revisions bigint[];
            v_refusals integer[];
            v_found bigint;
            v_count bigint;
            v_trimmed_tokens bigint;
            v_ordinal bigint := 0;
            v_added bigint := 0;
            v_since bigint;
            v_last bigint;
            v_prefixes integer := 0;
            v_prefix integer;
            v_now timestamptz;
            v_put_expires timestamptz;
        BEGIN
            SELECT s.revision, s.lost, s.changes, s.tokens, s.next_expiry, s.tokens_trimmed
                INTO STRICT v_revision, v_lost, v_changes, v_tokens, v_next_expiry, v_trimmed
                FROM {schema}.scope s WHERE s.id = p_scope FOR UPDATE;
            v_now := clock_timestamp();
            o_now := v_now;
            IF v_now > p_deadline THEN RAISE EXCEPTION 'the commit came too late' USING ERRCODE = '{{Late}}'; END IF;
            v_loaded := v_revision;
            v_loaded_tokens := v_tokens;
            v_loaded_trimmed := v_trimmed;
            o_failed := -1;

            -- Once in a transaction, however many batches it has.
            IF v_next_expiry <= v_now AND current_setting('wasicloud.swept', true) IS DISTINCT FROM p_scope::text THEN
                PERFORM set_config('wasicloud.swept', p_scope::text, true);
                WITH due AS (SELECT e.key FROM {schema}.entry e WHERE e.scope = p_scope AND e.expires <= v_now ORDER BY e.expires LIMIT {{MaxDeleted}}),
                    gone AS (DELETE FROM {schema}.entry e USING due WHERE e.scope = p_scope AND e.key = due.key RETURNING e.key, e.expires)
                INSERT INTO {schema}.change SELECT p_scope, v_revision + 1, row_number() OVER (ORDER BY g.expires, g.key), 1, g.key FROM gone g;
                GET DIAGNOSTICS v_added = ROW_COUNT;
                IF v_added > 0 THEN v_revision := v_revision + 1; END IF;
                SELECT min(e.expires) INTO v_next_expiry FROM {schema}.entry e WHERE e.scope = p_scope AND e.expires IS NOT NULL;
                UPDATE {schema}.scope s SET next_expiry = v_next_expiry WHERE s.id = p_scope;
            END IF;

            -- Before anything is applied: a commit whose token is one too many undoes all that its transaction did.
            IF v_trimmed < v_now - interval '1 minute' OR (p_token IS NOT NULL AND v_tokens >= p_tokens) THEN
                DELETE FROM {schema}.token t USING (SELECT o.token FROM {schema}.token o WHERE o.scope = p_scope
                    AND o.created < v_now - interval '15 minutes' ORDER BY o.created LIMIT {{MaxDeleted}}) o WHERE t.scope = p_scope AND t.token = o.token;
                GET DIAGNOSTICS v_trimmed_tokens = ROW_COUNT;
                v_tokens := greatest(v_tokens - v_trimmed_tokens, 0);
                IF v_trimmed_tokens < {{MaxDeleted}} AND v_trimmed < v_now - interval '1 minute' THEN
                    v_trimmed := v_now;
                    DELETE FROM {schema}.writer w WHERE w.scope = p_scope AND w.seen < v_now - interval '15 minutes';
                END IF;
            END IF;

            IF v_next_expiry <= v_now THEN
                o_failed := {{IsSweeping}};
            ELSIF p_token IS NOT NULL THEN
                SELECT t.revision INTO o_revision FROM {schema}.token t WHERE t.scope = p_scope AND t.token = p_token;
                IF o_revision IS NULL AND v_tokens >= p_tokens AND length(p_token) = 32 THEN
                    IF v_trimmed_tokens < {{MaxDeleted}} THEN
                        RAISE EXCEPTION 'too many tokens of commits are remembered' USING ERRCODE = '{{TooManyTokens}}';
                    END IF;
                    o_failed := {{IsSweeping}};
                END IF;
            END IF;
            IF o_failed = -1 AND o_revision IS NULL AND p_writer IS NOT NULL THEN
                SELECT w.number, w.revisions, w.refusals INTO v_group, v_revisions, v_refusals FROM {schema}.writer w
                    WHERE w.scope = p_scope AND w.id = p_writer;
                IF v_group > p_group THEN RAISE EXCEPTION 'a later commit was here before' USING ERRCODE = '{{Overtaken}}'; END IF;
                IF v_group = p_group THEN
                    o_revision := v_revisions[p_index];
                    o_failed := coalesce(v_refusals[p_index], -1);
                ELSE
                    v_revisions := NULL;
                    v_refusals := NULL;
                END IF;
            END IF;

            IF o_failed = -1 AND o_revision IS NULL THEN
                FOR i IN 1 .. cardinality(p_kinds) LOOP
                    IF p_kinds[i] = 3 THEN
                        IF p_conditions[i] < v_revision THEN v_prefixes := v_prefixes + 1; v_prefix := i; END IF;
                    ELSIF p_conditions[i] <> 0 THEN
                        SELECT e.revision INTO v_found FROM {schema}.entry e WHERE e.scope = p_scope AND e.key = p_keys[i];
                        IF NOT (CASE p_conditions[i] WHEN -1 THEN v_found IS NULL WHEN -2 THEN v_found IS NOT NULL
                            ELSE v_found IS NOT DISTINCT FROM p_conditions[i] END)
                            THEN o_failed := i - 1; END IF;
                    END IF;
                    EXIT WHEN o_failed >= 0;
                END LOOP;

                -- One is what nearly every commit has that has any.
                IF v_prefixes = 1 THEN
                    v_since := p_conditions[v_prefix];
                    IF v_since >= v_lost THEN
                        SELECT count(*), count(*) FILTER (WHERE h.key >= p_keys[v_prefix] AND h.key < p_keys[v_prefix] || '\xff'::bytea)
                            INTO v_count, v_found FROM (SELECT c.key FROM {schema}.change c WHERE c.scope = p_scope AND c.revision > v_since
                                ORDER BY c.revision, c.ordinal LIMIT {{PrefixFunction.MaxSteps}} + 1) h;
                        IF v_count <= {{PrefixFunction.MaxSteps}} AND v_found = 0 THEN v_prefix := NULL; END IF;
                    END IF;
                ELSIF v_prefixes > 1 THEN
                    SELECT c.o_failed INTO v_prefix FROM {schema}.{{PrefixFunction.Name}}(p_scope, v_lost, v_revision, p_kinds, p_keys, p_conditions) c;
                END IF;
                IF v_prefix IS NOT NULL AND (o_failed < 0 OR v_prefix <= o_failed) THEN o_failed := v_prefix - 1; END IF;

                IF o_failed < 0 THEN
                    FOR i IN 1 .. cardinality(p_kinds) LOOP
                        IF p_kinds[i] = 0 THEN
                            v_put_expires := least(v_now + p_lives[i] * interval '1 microsecond', timestamptz '9999-12-31 00:00:00+00');
                            IF p_lives[i] IS NULL THEN v_put_expires := NULL; END IF;
                            INSERT INTO {schema}.entry VALUES(p_scope, p_keys[i], v_revision + 1, length(p_values[i]), v_now, v_put_expires, p_values[i])
                            ON CONFLICT (scope, key) DO UPDATE SET revision = excluded.revision, size = excluded.size, modified = excluded.modified,
                                expires = excluded.expires, value = excluded.value;
                            v_next_expiry := least(v_next_expiry, v_put_expires);
                        ELSIF p_kinds[i] = 1 THEN
                            DELETE FROM {schema}.entry e WHERE e.scope = p_scope AND e.key = p_keys[i];
                            CONTINUE WHEN NOT FOUND;
                        ELSE
                            CONTINUE;
                        END IF;
                        v_ordinal := v_ordinal + 1;
                        INSERT INTO {schema}.change VALUES(p_scope, v_revision + 1, v_ordinal, p_kinds[i], p_keys[i]);
                    END LOOP;
                    IF v_ordinal > 0 THEN v_revision := v_revision + 1; END IF;
                    v_added := v_added + v_ordinal;
                END IF;

                IF p_token IS NOT NULL AND o_failed < 0 THEN
                    INSERT INTO {schema}.token VALUES(p_scope, p_token, v_revision, v_now);
                    v_tokens := v_tokens + 1;
                ELSIF p_writer IS NOT NULL AND (o_failed < 0 OR p_repeated) THEN
                    v_revisions[p_index] := v_revision;
                    IF o_failed >= 0 THEN v_refusals[p_index] := o_failed; END IF;
                    INSERT INTO {schema}.writer(scope, id, number, revisions, refusals, seen)
                        VALUES(p_scope, p_writer, p_group, v_revisions, v_refusals, v_now)
                    ON CONFLICT (scope, id) DO UPDATE SET number = excluded.number, revisions = excluded.revisions, refusals = excluded.refusals,
                        seen = excluded.seen;
                END IF;
                o_revision := v_revision;
            END IF;
            o_revision := coalesce(o_revision, v_revision);

            IF v_revision > v_loaded THEN
                -- In steps. Whoever has not read all of a revision of which something is deleted has lost it.
                v_changes := v_changes + v_added;
                IF v_changes > p_history + 1 + least(p_history / 4, 1024) THEN
                    SELECT c.revision, c.ordinal INTO v_since, v_last FROM {schema}.change c WHERE c.scope = p_scope AND c.revision >= v_lost
                        ORDER BY c.revision, c.ordinal OFFSET least(v_changes - p_history, {{MaxDeleted}} + 2 * v_added) - 1 LIMIT 1;
                    IF FOUND THEN
                        DELETE FROM {schema}.change c WHERE c.scope = p_scope AND c.revision >= v_lost AND (c.revision, c.ordinal) <= (v_since, v_last);
                        GET DIAGNOSTICS v_count = ROW_COUNT;
                        v_changes := v_changes - v_count;
                        v_lost := v_since;
                    ELSE
                        v_changes := p_history;
                    END IF;
                END IF;
                PERFORM pg_notify('{name}.' || p_scope, '');
            END IF;
            IF (v_revision, v_tokens, v_trimmed) IS DISTINCT FROM (v_loaded, v_loaded_tokens, v_loaded_trimmed) THEN
                UPDATE {schema}.scope s SET revision = v_revision, lost = v_lost, changes = v_changes, tokens = v_tokens,
                    next_expiry = v_next_expiry, tokens_trimmed = v_trimmed WHERE s.id = p_scope;
            END IF;
            o_expires_in := (extract(epoch FROM v_next_expiry - v_now) * 1000000)::bigint;
        END
        $body$;

        CREATE OR REPLACE FUNCTION {schema}.commit_batch(p_scope integer, p_token bytea, p_kinds smallint[], p_keys bytea[], p_conditions bigint[],
            p_values bytea[], p_lives bigint[], p_history bigint, OUT o_revision bigint, OUT o_failed integer, OUT o_expires_in bigint)
            LANGUAGE plpgsql AS $body$
        BEGIN
            -- For hosts of earlier versions, which do not know that nothing may have been applied.
            LOOP
                SELECT b.o_revision, b.o_failed, b.o_expires_in INTO o_revision, o_failed, o_expires_in
                    FROM {schema}.{{Name}}(p_scope, p_token, NULL, 0, 0, false, NULL, p_kinds, p_keys, p_conditions, p_values, p_lives, p_history,
                        9223372036854775807) b;
                EXIT WHEN o_failed <> {{IsSweeping}};
                PERFORM set_config('wasicloud.swept', '', true);
            END LOOP;
        END
        $body$;
        """;
}
