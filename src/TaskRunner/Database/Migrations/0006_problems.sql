-- One bad row costs itself: what the database refuses to move is set aside, an edit of any column heals, and nothing that is not over is deleted.
ALTER TABLE taskrunner.schedules
    -- When beat last found next_due, by the clock of this database; later than now: the clock was ahead then.
    ADD COLUMN planned_at timestamptz;

-- Schedules that cannot be moved on, because a constraint, a trigger or a value of their row refuses: beat leaves them out until they are edited, and tries each from time to time.
CREATE TABLE taskrunner.set_aside (
    schedule_id uuid        PRIMARY KEY,
    problem     text        NOT NULL,
    -- The schedule's updated_at then; another one says that it was edited since.
    edited_at   timestamptz,
    noted_at    timestamptz NOT NULL DEFAULT now(),
    tries       integer     NOT NULL DEFAULT 1,
    retry_at    timestamptz NOT NULL
);

CREATE OR REPLACE FUNCTION taskrunner.schedule_edited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    IF (NEW.cron, NEW.every_ms, NEW.once_at, NEW.anchor_at, NEW.starts_at, NEW.ends_at, NEW.timezone, NEW.dst_gap, NEW.dst_overlap, NEW.day_match, NEW.enabled)
       IS DISTINCT FROM
       (OLD.cron, OLD.every_ms, OLD.once_at, OLD.anchor_at, OLD.starts_at, OLD.ends_at, OLD.timezone, OLD.dst_gap, OLD.dst_overlap, OLD.day_match, OLD.enabled)
       OR (NEW.next_due IS NULL AND OLD.next_due IS NOT NULL)
       -- A schedule that rests for its problem is looked at again, whatever was edited.
       OR (OLD.problem IS NOT NULL AND NOT isfinite(OLD.next_due)) THEN
        NEW.next_due := NULL;
        NEW.problem := NULL;
        NEW.since := now();
        NEW.revision := CASE WHEN OLD.revision < 9223372036854775807 THEN OLD.revision + 1 ELSE 1 END;
    END IF;
    IF NEW.enabled THEN
        NEW.paused_reason := NULL;
        NEW.paused_by := NULL;
    END IF;
    RETURN NEW;
END
$$;

-- Beat's own update at each tick names none of these columns: the arguments, which may be large, are compared at edits only.
DROP TRIGGER schedule_edited ON taskrunner.schedules;
CREATE TRIGGER schedule_edited
    BEFORE UPDATE OF name, cron, every_ms, once_at, anchor_at, starts_at, ends_at, timezone, dst_gap, dst_overlap, day_match, enabled, paused_reason, paused_by, task, queue, priority,
                     arguments, catch_up, catch_up_window_ms, catch_up_limit, overlap, jitter_ms, expires_ms, description
    ON taskrunner.schedules FOR EACH ROW
    WHEN ((NEW.name, NEW.cron, NEW.every_ms, NEW.once_at, NEW.anchor_at, NEW.starts_at, NEW.ends_at, NEW.timezone, NEW.dst_gap, NEW.dst_overlap, NEW.day_match,
           NEW.enabled, NEW.paused_reason, NEW.paused_by, NEW.task, NEW.queue, NEW.priority, NEW.arguments, NEW.catch_up, NEW.catch_up_window_ms, NEW.catch_up_limit,
           NEW.overlap, NEW.jitter_ms, NEW.expires_ms, NEW.description)
          IS DISTINCT FROM
          (OLD.name, OLD.cron, OLD.every_ms, OLD.once_at, OLD.anchor_at, OLD.starts_at, OLD.ends_at, OLD.timezone, OLD.dst_gap, OLD.dst_overlap, OLD.day_match,
           OLD.enabled, OLD.paused_reason, OLD.paused_by, OLD.task, OLD.queue, OLD.priority, OLD.arguments, OLD.catch_up, OLD.catch_up_window_ms, OLD.catch_up_limit,
           OLD.overlap, OLD.jitter_ms, OLD.expires_ms, OLD.description))
    EXECUTE FUNCTION taskrunner.schedule_edited();
CREATE TRIGGER schedule_replanned
    BEFORE UPDATE OF next_due ON taskrunner.schedules FOR EACH ROW
    WHEN (NEW.next_due IS NULL AND OLD.next_due IS NOT NULL)
    EXECUTE FUNCTION taskrunner.schedule_edited();

-- As before, but goes by what is over: a partition stays while a tick of it is to be sent or looked at, or was written within the time to live.
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

-- What beats noticed of this database's own clock, for `schedule explain`.
CREATE TABLE taskrunner.clock_jumps (
    -- By the clock as it was after the jump, and as it would have been without it.
    noticed_at timestamptz NOT NULL DEFAULT now(),
    instead_of timestamptz NOT NULL,
    beat       text        NOT NULL
);
