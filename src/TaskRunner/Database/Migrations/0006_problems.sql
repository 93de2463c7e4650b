-- One bad row costs itself: what the database refuses to move is set aside, and an edit of any column heals.
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

-- What beats noticed of this database's own clock, for `schedule explain`.
CREATE TABLE taskrunner.clock_jumps (
    -- By the clock as it was after the jump, and as it would have been without it.
    noticed_at timestamptz NOT NULL DEFAULT now(),
    instead_of timestamptz NOT NULL,
    beat       text        NOT NULL
);
