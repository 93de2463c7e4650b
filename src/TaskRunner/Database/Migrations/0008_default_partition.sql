-- As before, with two differences. A partition stays while a tick of it is to be sent or looked at, or was written within the time to live. And ticks_default is made
-- again, or attached again, when somebody dropped it: without it no partition can be made, and ticks find no place.
CREATE OR REPLACE FUNCTION taskrunner.maintain_ticks(time_to_live interval, days_ahead integer, OUT made integer, OUT dropped integer)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today  date := (now() AT TIME ZONE 'UTC')::date;
    cutoff timestamptz := now() - time_to_live;
    day    date;
    part   text;
    old    text[] := '{}';
    needed boolean;
    lower_bound text;
    upper_bound text;
BEGIN
    made := 0;
    dropped := 0;
    IF NOT pg_try_advisory_xact_lock(hashtextextended('taskrunner.ticks', 0)) THEN
        RETURN;
    END IF;
    -- Ticks wait behind whoever waits for a lock here, so that must not last.
    PERFORM set_config('lock_timeout', '500ms', true);
    IF NOT EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = 'taskrunner.ticks'::regclass AND partdefid <> 0) THEN
        IF to_regclass('taskrunner.ticks_default') IS NULL THEN
            CREATE TABLE taskrunner.ticks_default PARTITION OF taskrunner.ticks DEFAULT;
        ELSE
            ALTER TABLE taskrunner.ticks ATTACH PARTITION taskrunner.ticks_default DEFAULT;
        END IF;
        made := made + 1;
    END IF;
    -- The long look at each row comes before any lock.
    FOR part IN
        SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
         WHERE inhparent = 'taskrunner.ticks'::regclass AND child.relname ~ '^ticks_[0-9]{8}$'
         ORDER BY child.relname
    LOOP
        CONTINUE WHEN ((to_date(right(part, 8), 'YYYYMMDD') + 1)::timestamp AT TIME ZONE 'UTC') > cutoff;
        EXECUTE format('SELECT EXISTS (SELECT FROM taskrunner.%1$I WHERE check_at IS NOT NULL) OR EXISTS (SELECT FROM taskrunner.%1$I WHERE created_at > $1 AND isfinite(created_at))', part)
            INTO needed USING cutoff;
        IF NOT needed THEN
            old := old || part;
        END IF;
    END LOOP;
    IF cardinality(old) > 0 THEN
        -- The table before its partitions, as everybody locks them.
        LOCK TABLE ONLY taskrunner.ticks IN ACCESS EXCLUSIVE MODE;
    END IF;
    FOREACH part IN ARRAY old LOOP
        EXECUTE format('LOCK TABLE taskrunner.%I IN ACCESS EXCLUSIVE MODE', part);
        -- What is to be done since the first look counts.
        EXECUTE format('SELECT EXISTS (SELECT FROM taskrunner.%I WHERE check_at IS NOT NULL)', part) INTO needed;
        CONTINUE WHEN needed;
        EXECUTE format('DROP TABLE taskrunner.%I', part);
        dropped := dropped + 1;
    END LOOP;
    FOR day IN SELECT today + n FROM generate_series(-1, days_ahead) AS n LOOP
        part := 'ticks_' || to_char(day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass('taskrunner.' || part) IS NOT NULL;
        lower_bound := to_char(day, 'YYYY-MM-DD') || ' 00:00+00';
        upper_bound := to_char(day + 1, 'YYYY-MM-DD') || ' 00:00+00';
        EXECUTE format('CREATE TABLE taskrunner.%I (LIKE taskrunner.ticks INCLUDING ALL) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)', part);
        LOCK TABLE taskrunner.ticks_default IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('WITH moved AS (DELETE FROM taskrunner.ticks_default WHERE nominal >= %L AND nominal < %L RETURNING *) INSERT INTO taskrunner.%I SELECT * FROM moved',
            lower_bound, upper_bound, part);
        EXECUTE format('ALTER TABLE taskrunner.ticks ATTACH PARTITION taskrunner.%I FOR VALUES FROM (%L) TO (%L)', part, lower_bound, upper_bound);
        made := made + 1;
    END LOOP;
    DELETE FROM taskrunner.ticks_default
     WHERE check_at IS NULL AND (nominal < cutoff OR NOT isfinite(nominal)) AND (created_at < cutoff OR NOT isfinite(created_at));
END
$$;
