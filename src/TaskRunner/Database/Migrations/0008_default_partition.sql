-- As before, with three differences. A partition stays while a tick of it is to be sent or looked at, or was written within the time to
-- live. ticks_default is made again, or attached again, when somebody dropped it: without it no partition can be made, and ticks find no place.
-- And what cannot be done with one partition, since somebody holds it, a view needs it or another role owns it, is a warning and keeps no
-- other from being made or dropped.
CREATE OR REPLACE FUNCTION taskrunner.maintain_ticks(time_to_live interval, days_ahead integer, OUT made integer, OUT dropped integer)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today  date := (now() AT TIME ZONE 'UTC')::date;
    -- No arithmetic on it leaves the calendar; a time to live that is not known is the longest.
    cutoff timestamptz := now() - greatest(least(coalesce(time_to_live, interval '1000 years'), interval '1000 years'), interval '0');
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
    -- Ticks wait behind whoever waits for a lock here, so it must be short. After one wait in vain all others are shorter.
    PERFORM set_config('lock_timeout', '500ms', true);
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = 'taskrunner.ticks'::regclass AND partdefid <> 0) THEN
            IF to_regclass('taskrunner.ticks_default') IS NULL THEN
                CREATE TABLE taskrunner.ticks_default PARTITION OF taskrunner.ticks DEFAULT;
            ELSE
                ALTER TABLE taskrunner.ticks ATTACH PARTITION taskrunner.ticks_default DEFAULT;
            END IF;
            made := made + 1;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'ticks_default cannot be made: %', SQLERRM;
        PERFORM set_config('lock_timeout', CASE SQLSTATE WHEN '55P03' THEN '20ms' ELSE current_setting('lock_timeout') END, true);
    END;
    -- The long look at each row comes before any lock.
    FOR part IN
        SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
         WHERE inhparent = 'taskrunner.ticks'::regclass AND child.relname ~ '^ticks_[0-9]{8}$'
         ORDER BY child.relname
    LOOP
        BEGIN
            CONTINUE WHEN ((to_date(right(part, 8), 'YYYYMMDD') + 1)::timestamp AT TIME ZONE 'UTC') > cutoff;
            EXECUTE format('SELECT EXISTS (SELECT FROM taskrunner.%1$I WHERE check_at IS NOT NULL)
                                OR EXISTS (SELECT FROM taskrunner.%1$I WHERE created_at > $1 AND isfinite(created_at))', part)
                INTO needed USING cutoff;
            IF NOT needed THEN
                old := old || part;
            END IF;
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING '% cannot be looked at: %', part, SQLERRM;
            PERFORM set_config('lock_timeout', CASE SQLSTATE WHEN '55P03' THEN '20ms' ELSE current_setting('lock_timeout') END, true);
        END;
    END LOOP;
    FOREACH part IN ARRAY old LOOP
        BEGIN
            -- The table before its partitions, as everybody locks them.
            LOCK TABLE ONLY taskrunner.ticks IN ACCESS EXCLUSIVE MODE;
            EXECUTE format('LOCK TABLE taskrunner.%I IN ACCESS EXCLUSIVE MODE', part);
            -- What is to be done since the first look counts.
            EXECUTE format('SELECT EXISTS (SELECT FROM taskrunner.%I WHERE check_at IS NOT NULL)', part) INTO needed;
            CONTINUE WHEN needed;
            EXECUTE format('DROP TABLE taskrunner.%I', part);
            dropped := dropped + 1;
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING '% cannot be dropped: %', part, SQLERRM;
            PERFORM set_config('lock_timeout', CASE SQLSTATE WHEN '55P03' THEN '20ms' ELSE current_setting('lock_timeout') END, true);
        END;
    END LOOP;
    FOR day IN SELECT today + n FROM generate_series(-1, days_ahead) AS n LOOP
        part := 'ticks_' || to_char(day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass('taskrunner.' || part) IS NOT NULL;
        BEGIN
            lower_bound := to_char(day, 'YYYY-MM-DD') || ' 00:00+00';
            upper_bound := to_char(day + 1, 'YYYY-MM-DD') || ' 00:00+00';
            EXECUTE format('CREATE TABLE taskrunner.%I (LIKE taskrunner.ticks INCLUDING ALL)
                                WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)', part);
            IF EXISTS (SELECT FROM pg_inherits
                        WHERE inhparent = 'taskrunner.ticks'::regclass AND inhrelid = to_regclass('taskrunner.ticks_default')) THEN
                LOCK TABLE taskrunner.ticks_default IN ACCESS EXCLUSIVE MODE;
                EXECUTE format('WITH moved AS (DELETE FROM taskrunner.ticks_default WHERE nominal >= %L AND nominal < %L RETURNING *)
                                INSERT INTO taskrunner.%I SELECT * FROM moved', lower_bound, upper_bound, part);
            END IF;
            EXECUTE format('ALTER TABLE taskrunner.ticks ATTACH PARTITION taskrunner.%I FOR VALUES FROM (%L) TO (%L)',
                part, lower_bound, upper_bound);
            made := made + 1;
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING '% cannot be made: %', part, SQLERRM;
            PERFORM set_config('lock_timeout', CASE SQLSTATE WHEN '55P03' THEN '20ms' ELSE current_setting('lock_timeout') END, true);
        END;
    END LOOP;
    BEGIN
        DELETE FROM taskrunner.ticks_default
         WHERE check_at IS NULL AND (nominal < cutoff OR NOT isfinite(nominal)) AND (created_at < cutoff OR NOT isfinite(created_at));
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'old rows of ticks_default cannot be deleted: %', SQLERRM;
    END;
END
$$;
