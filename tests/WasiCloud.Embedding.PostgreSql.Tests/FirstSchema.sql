-- What the first version of WasiCloud.Embedding.PostgreSql created in a schema: {schema} is its name in quotes, {name} without.
CREATE TABLE {schema}.scope(id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE, revision bigint NOT NULL,
    lost bigint NOT NULL, next_expiry timestamptz, tokens_trimmed timestamptz NOT NULL) WITH (fillfactor = 10);
CREATE TABLE {schema}.entry(scope integer NOT NULL, key bytea NOT NULL, revision bigint NOT NULL, size integer NOT NULL, modified timestamptz NOT NULL,
    expires timestamptz, value bytea NOT NULL, PRIMARY KEY(scope, key)) WITH (fillfactor = 80);
CREATE INDEX entry_expires ON {schema}.entry(scope, expires) WHERE expires IS NOT NULL;
CREATE TABLE {schema}.change(scope integer NOT NULL, revision bigint NOT NULL, ordinal bigint NOT NULL, kind smallint NOT NULL, key bytea NOT NULL,
    PRIMARY KEY(scope, revision, ordinal));
CREATE TABLE {schema}.token(scope integer NOT NULL, token bytea NOT NULL, revision bigint NOT NULL, created timestamptz NOT NULL, PRIMARY KEY(scope, token));
CREATE INDEX token_created ON {schema}.token(scope, created);
CREATE TABLE {schema}.version(version integer NOT NULL);
INSERT INTO {schema}.version VALUES (1);
CREATE FUNCTION {schema}.commit_batch(p_scope integer, p_token bytea, p_kinds smallint[], p_keys bytea[], p_conditions bigint[], p_values bytea[],
    p_lives bigint[], p_history bigint, OUT o_revision bigint, OUT o_failed integer, OUT o_expires_in bigint) LANGUAGE plpgsql AS $body$
DECLARE
    v_scope {schema}.scope%ROWTYPE;
    v_loaded bigint;
    v_found bigint;
    v_count bigint;
    v_ordinal bigint := 0;
    v_now timestamptz;
    v_expires timestamptz;
    v_put_expires timestamptz;
BEGIN
    SELECT * INTO STRICT v_scope FROM {schema}.scope s WHERE s.id = p_scope FOR UPDATE;
    v_now := clock_timestamp();
    v_loaded := v_scope.revision;
    o_failed := -1;

    IF v_scope.next_expiry <= v_now THEN
        WITH gone AS (DELETE FROM {schema}.entry e WHERE e.scope = p_scope AND e.expires <= v_now RETURNING e.key, e.expires)
        INSERT INTO {schema}.change SELECT p_scope, v_scope.revision + 1, row_number() OVER (ORDER BY g.expires, g.key), 1, g.key FROM gone g;
        GET DIAGNOSTICS v_count = ROW_COUNT;
        IF v_count > 0 THEN v_scope.revision := v_scope.revision + 1; END IF;
        SELECT min(e.expires) INTO v_expires FROM {schema}.entry e WHERE e.scope = p_scope AND e.expires IS NOT NULL;
        UPDATE {schema}.scope s SET next_expiry = v_expires WHERE s.id = p_scope;
        v_scope.next_expiry := v_expires;
    END IF;

    IF p_token IS NOT NULL THEN
        SELECT t.revision INTO o_revision FROM {schema}.token t WHERE t.scope = p_scope AND t.token = p_token;
    END IF;
    IF o_revision IS NULL THEN
        FOR i IN 1 .. cardinality(p_kinds) LOOP
            IF p_kinds[i] = 3 THEN
                IF p_conditions[i] < v_scope.lost OR EXISTS(SELECT 1 FROM {schema}.change c WHERE c.scope = p_scope AND c.revision > p_conditions[i]
                    AND c.key >= p_keys[i] AND c.key < p_keys[i] || '\xff'::bytea) THEN o_failed := i - 1; END IF;
            ELSIF p_conditions[i] <> 0 THEN
                SELECT e.revision INTO v_found FROM {schema}.entry e WHERE e.scope = p_scope AND e.key = p_keys[i];
                IF NOT (CASE p_conditions[i] WHEN -1 THEN v_found IS NULL WHEN -2 THEN v_found IS NOT NULL ELSE v_found IS NOT DISTINCT FROM p_conditions[i] END)
                    THEN o_failed := i - 1; END IF;
            END IF;
            EXIT WHEN o_failed >= 0;
        END LOOP;

        IF o_failed < 0 THEN
            FOR i IN 1 .. cardinality(p_kinds) LOOP
                IF p_kinds[i] = 0 THEN
                    v_put_expires := least(v_now + p_lives[i] * interval '1 microsecond', timestamptz '9999-12-31 00:00:00+00');
                    IF p_lives[i] IS NULL THEN v_put_expires := NULL; END IF;
                    INSERT INTO {schema}.entry VALUES(p_scope, p_keys[i], v_scope.revision + 1, length(p_values[i]), v_now, v_put_expires, p_values[i])
                    ON CONFLICT (scope, key) DO UPDATE SET revision = excluded.revision, size = excluded.size, modified = excluded.modified,
                        expires = excluded.expires, value = excluded.value;
                    v_scope.next_expiry := least(v_scope.next_expiry, v_put_expires);
                ELSIF p_kinds[i] = 1 THEN
                    DELETE FROM {schema}.entry e WHERE e.scope = p_scope AND e.key = p_keys[i];
                    CONTINUE WHEN NOT FOUND;
                ELSE
                    CONTINUE;
                END IF;
                v_ordinal := v_ordinal + 1;
                INSERT INTO {schema}.change VALUES(p_scope, v_scope.revision + 1, v_ordinal, p_kinds[i], p_keys[i]);
            END LOOP;
            IF v_ordinal > 0 THEN v_scope.revision := v_scope.revision + 1; END IF;
            IF p_token IS NOT NULL THEN INSERT INTO {schema}.token VALUES(p_scope, p_token, v_scope.revision, v_now); END IF;
        END IF;
        o_revision := v_scope.revision;
    END IF;

    IF v_scope.revision > v_loaded THEN
        IF v_scope.revision - v_scope.lost > p_history + 1 + p_history / 4 THEN
            v_scope.lost := v_scope.revision - p_history;
            DELETE FROM {schema}.change c WHERE c.scope = p_scope AND c.revision <= v_scope.lost;
        END IF;
        IF v_scope.tokens_trimmed < v_now - interval '1 minute' THEN
            v_scope.tokens_trimmed := v_now;
            DELETE FROM {schema}.token t WHERE t.scope = p_scope AND t.created < v_now - interval '15 minutes';
        END IF;
        UPDATE {schema}.scope s SET revision = v_scope.revision, lost = v_scope.lost, next_expiry = v_scope.next_expiry, tokens_trimmed = v_scope.tokens_trimmed
            WHERE s.id = p_scope;
        PERFORM pg_notify('{name}.' || p_scope, '');
    END IF;
    o_expires_in := (extract(epoch FROM v_scope.next_expiry - v_now) * 1000000)::bigint;
END
$body$;
