-- Schedules learn one-off times, anchors, limits, rules for the days of change, catch-up windows and overlap.
ALTER TABLE taskrunner.schedules
    ADD COLUMN once_at            timestamptz CHECK (isfinite(once_at)),
    -- An interval counts from here; null: from the Unix epoch.
    ADD COLUMN anchor_at          timestamptz CHECK (isfinite(anchor_at)),
    -- No tick before the one, none after the other; both belong to the schedule.
    ADD COLUMN starts_at          timestamptz CHECK (isfinite(starts_at)),
    ADD COLUMN ends_at            timestamptz CHECK (isfinite(ends_at)),
    -- A task waits a part of this in the broker, the same for the same tick.
    ADD COLUMN jitter_ms          bigint      NOT NULL DEFAULT 0 CHECK (jitter_ms BETWEEN 0 AND 86400000),
    ADD COLUMN dst_gap            text        NOT NULL DEFAULT 'shift' CHECK (dst_gap IN ('shift', 'skip')),
    ADD COLUMN dst_overlap        text        NOT NULL DEFAULT 'first' CHECK (dst_overlap IN ('first', 'last', 'both')),
    ADD COLUMN day_match          text        NOT NULL DEFAULT 'and' CHECK (day_match IN ('and', 'or')),
    -- For catch_up 'all': missed ticks older than the window, and more than the limit, are dropped.
    ADD COLUMN catch_up_window_ms bigint      NOT NULL DEFAULT 3600000 CHECK (catch_up_window_ms BETWEEN 1000 AND 31622400000),
    ADD COLUMN catch_up_limit     integer     NOT NULL DEFAULT 10 CHECK (catch_up_limit BETWEEN 1 AND 1000),
    ADD COLUMN overlap            text        NOT NULL DEFAULT 'allow' CHECK (overlap IN ('allow', 'skip', 'buffer', 'cancel')),
    -- A task that has not started this long after its tick is dropped; null: it waits for ever.
    ADD COLUMN expires_ms         bigint      CHECK (expires_ms BETWEEN 1 AND 31622400000),
    ADD COLUMN description        text        CHECK (length(description) <= 2000),
    -- Who made it; 'declared' and the older column of that name always agree.
    ADD COLUMN source             text        NOT NULL DEFAULT 'hand' CHECK (source IN ('hand', 'declared', 'celery')),
    -- Why and by whom it is not enabled; emptied when it is enabled again.
    ADD COLUMN paused_reason      text        CHECK (length(paused_reason) <= 1000),
    ADD COLUMN paused_by          text        CHECK (length(paused_by) <= 200),
    -- Ticks after this instant count: the time of the last edit of the timing.
    ADD COLUMN since              timestamptz NOT NULL DEFAULT now(),
    ADD CONSTRAINT schedules_starts_before_it_ends CHECK (starts_at <= ends_at),
    DROP CONSTRAINT schedules_cron_or_every,
    ADD CONSTRAINT schedules_one_timing CHECK (num_nonnulls(cron, every_ms, once_at) = 1);

UPDATE taskrunner.schedules SET source = 'declared' WHERE declared;

-- Beat reads it from its low end. Each tick moves an entry, so dead ones are to be swept often.
DROP INDEX taskrunner.schedules_next_due;
CREATE INDEX schedules_due ON taskrunner.schedules ((coalesce(next_due, '-infinity'::timestamptz))) WHERE enabled;
ALTER TABLE taskrunner.schedules SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

-- Called only for edits, so that a tick costs no function call.
CREATE OR REPLACE FUNCTION taskrunner.schedule_edited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    IF (NEW.cron, NEW.every_ms, NEW.once_at, NEW.anchor_at, NEW.starts_at, NEW.ends_at, NEW.timezone, NEW.dst_gap, NEW.dst_overlap, NEW.day_match, NEW.enabled)
       IS DISTINCT FROM
       (OLD.cron, OLD.every_ms, OLD.once_at, OLD.anchor_at, OLD.starts_at, OLD.ends_at, OLD.timezone, OLD.dst_gap, OLD.dst_overlap, OLD.day_match, OLD.enabled)
       OR (NEW.next_due IS NULL AND OLD.next_due IS NOT NULL) THEN
        NEW.next_due := NULL;
        NEW.problem := NULL;
        NEW.since := now();
        NEW.revision := OLD.revision + 1;
    END IF;
    IF NEW.enabled THEN
        NEW.paused_reason := NULL;
        NEW.paused_by := NULL;
    END IF;
    RETURN NEW;
END
$$;

DROP TRIGGER schedule_edited ON taskrunner.schedules;
CREATE TRIGGER schedule_edited BEFORE UPDATE ON taskrunner.schedules
    FOR EACH ROW
    WHEN ((NEW.name, NEW.cron, NEW.every_ms, NEW.once_at, NEW.anchor_at, NEW.starts_at, NEW.ends_at, NEW.timezone, NEW.dst_gap, NEW.dst_overlap, NEW.day_match,
           NEW.enabled, NEW.paused_reason, NEW.paused_by, NEW.task, NEW.queue, NEW.priority, NEW.arguments, NEW.catch_up, NEW.catch_up_window_ms, NEW.catch_up_limit,
           NEW.overlap, NEW.jitter_ms, NEW.expires_ms, NEW.description)
          IS DISTINCT FROM
          (OLD.name, OLD.cron, OLD.every_ms, OLD.once_at, OLD.anchor_at, OLD.starts_at, OLD.ends_at, OLD.timezone, OLD.dst_gap, OLD.dst_overlap, OLD.day_match,
           OLD.enabled, OLD.paused_reason, OLD.paused_by, OLD.task, OLD.queue, OLD.priority, OLD.arguments, OLD.catch_up, OLD.catch_up_window_ms, OLD.catch_up_limit,
           OLD.overlap, OLD.jitter_ms, OLD.expires_ms, OLD.description)
          OR (NEW.next_due IS NULL AND OLD.next_due IS NOT NULL))
    EXECUTE FUNCTION taskrunner.schedule_edited();

-- A program of an earlier version knows only the column declared.
CREATE FUNCTION taskrunner.schedule_source() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.declared := NEW.declared OR NEW.source = 'declared';
    ELSIF NEW.source IS DISTINCT FROM OLD.source THEN
        NEW.declared := NEW.source = 'declared';
    END IF;
    IF NEW.declared THEN
        NEW.source := 'declared';
    ELSIF NEW.source = 'declared' THEN
        NEW.source := 'hand';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER schedule_source BEFORE INSERT OR UPDATE OF declared, source ON taskrunner.schedules
    FOR EACH ROW EXECUTE FUNCTION taskrunner.schedule_source();

-- Every tick, before it is a task: written in the transaction that moves the schedule to its next one.
CREATE TABLE taskrunner.ticks (
    schedule_id  uuid        NOT NULL,
    -- The instant that the schedule names, whenever the tick was dealt with.
    nominal      timestamptz NOT NULL,
    -- Made from the two above by beat; null until it is.
    task_id      uuid,
    -- pending: to be enqueued. buffered: waits for the task of the tick before. sent: the broker has it. ran: its result is known.
    -- skipped, refused: never to be enqueued, for the reason given.
    state        text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'buffered', 'sent', 'ran', 'skipped', 'refused')),
    reason       text        CHECK (length(reason) <= 1000),
    created_at   timestamptz NOT NULL DEFAULT now(),
    sent_at      timestamptz,
    -- How often it was sent again because the broker had lost it.
    resent       integer     NOT NULL DEFAULT 0,
    -- From the task's result.
    started_at   timestamptz,
    finished_at  timestamptz,
    outcome      text,
    -- Ticks before this one that have no row of their own, and the first of them; a count of 1000 means 1000 or more.
    missed_count integer     NOT NULL DEFAULT 0,
    missed_since timestamptz,
    -- When beat looks at it again; null when there is nothing left to do.
    check_at     timestamptz DEFAULT now(),
    PRIMARY KEY (schedule_id, nominal)
) PARTITION BY RANGE (nominal);

CREATE INDEX ticks_check_at ON taskrunner.ticks (check_at) WHERE check_at IS NOT NULL;

-- For ticks of times that have no partition of their own.
CREATE TABLE taskrunner.ticks_default PARTITION OF taskrunner.ticks DEFAULT;

-- Makes a partition for each of the coming days (UTC) and drops those that are wholly older than the time to live. Any number of callers at
-- once: one works, the others return at once. Runs with the rights of the owner, so that beat's user needs none but to call it.
CREATE FUNCTION taskrunner.maintain_ticks(time_to_live interval, days_ahead integer, OUT made integer, OUT dropped integer)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
    day   date;
    part  text;
    lower_bound text;
    upper_bound text;
BEGIN
    made := 0;
    dropped := 0;
    IF NOT pg_try_advisory_xact_lock(8386658438718350195) THEN
        RETURN;
    END IF;
    -- Ticks wait behind whoever waits for a lock here, so that must not last.
    PERFORM set_config('lock_timeout', '500ms', true);
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
    FOR part IN
        SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
         WHERE inhparent = 'taskrunner.ticks'::regclass AND child.relname ~ '^ticks_[0-9]{8}$'
         ORDER BY child.relname
    LOOP
        CONTINUE WHEN ((to_date(right(part, 8), 'YYYYMMDD') + 1)::timestamp AT TIME ZONE 'UTC') > now() - time_to_live;
        EXECUTE format('DROP TABLE taskrunner.%I', part);
        dropped := dropped + 1;
    END LOOP;
    DELETE FROM taskrunner.ticks_default WHERE nominal < now() - time_to_live;
END
$$;

REVOKE EXECUTE ON FUNCTION taskrunner.maintain_ticks(interval, integer) FROM PUBLIC;

SELECT taskrunner.maintain_ticks(interval '7 days', 3);
