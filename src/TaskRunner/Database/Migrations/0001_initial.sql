-- What beat enqueues and when. People and programs edit rows with plain SQL; beat follows within a second.
CREATE TABLE taskrunner.schedules (
    id         uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    name       text        NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
    cron       text        CHECK (length(cron) BETWEEN 1 AND 500),
    every_ms   bigint      CHECK (every_ms BETWEEN 50 AND 31622400000),
    timezone   text        NOT NULL DEFAULT 'UTC' CHECK (length(timezone) BETWEEN 1 AND 100),
    task       text        NOT NULL CHECK (length(task) BETWEEN 1 AND 200),
    queue      text        NOT NULL DEFAULT 'default' CHECK (length(queue) BETWEEN 1 AND 200),
    priority   smallint    NOT NULL DEFAULT 5 CHECK (priority BETWEEN 0 AND 9),
    arguments  jsonb       NOT NULL DEFAULT '{}',
    enabled    boolean     NOT NULL DEFAULT true,
    catch_up   text        NOT NULL DEFAULT 'latest' CHECK (catch_up IN ('skip', 'latest', 'all')),
    -- Kept in step with the schedules file; false for a schedule that somebody made by hand.
    declared   boolean     NOT NULL DEFAULT false,
    -- Nominal time of the next tick; null asks beat to compute it, infinity means that there is none.
    next_due   timestamptz,
    -- Nominal time of the last tick that was enqueued.
    last_due   timestamptz,
    -- Why this schedule does not run, written by beat.
    problem    text,
    revision   bigint      NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT schedules_cron_or_every CHECK ((cron IS NULL) <> (every_ms IS NULL))
);

CREATE INDEX schedules_next_due ON taskrunner.schedules (next_due) WHERE enabled;

CREATE FUNCTION taskrunner.schedule_edited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.cron, NEW.every_ms, NEW.timezone, NEW.enabled) IS DISTINCT FROM (OLD.cron, OLD.every_ms, OLD.timezone, OLD.enabled) THEN
        NEW.next_due := NULL;
        NEW.problem := NULL;
        NEW.revision := OLD.revision + 1;
        NEW.updated_at := now();
    ELSIF (NEW.name, NEW.task, NEW.queue, NEW.priority, NEW.arguments, NEW.catch_up) IS DISTINCT FROM (OLD.name, OLD.task, OLD.queue, OLD.priority, OLD.arguments, OLD.catch_up) THEN
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER schedule_edited BEFORE UPDATE ON taskrunner.schedules
    FOR EACH ROW EXECUTE FUNCTION taskrunner.schedule_edited();

-- What became of each task, until its time to live is over.
CREATE TABLE taskrunner.results (
    task_id      uuid        PRIMARY KEY,
    task         text        NOT NULL,
    queue        text        NOT NULL,
    state        text        NOT NULL CHECK (state IN ('waiting', 'delayed', 'running', 'retrying', 'succeeded', 'dead')),
    output       jsonb,
    error        text,
    attempts     integer     NOT NULL,
    redeliveries integer     NOT NULL,
    worker       text,
    enqueued_at  timestamptz NOT NULL,
    started_at   timestamptz,
    finished_at  timestamptz,
    expires_at   timestamptz NOT NULL
);

CREATE INDEX results_expires_at ON taskrunner.results (expires_at);

-- Which beats are alive; for people and checks, nothing depends on it.
CREATE TABLE taskrunner.beats (
    name    text        PRIMARY KEY,
    seen_at timestamptz NOT NULL DEFAULT now(),
    version text        NOT NULL
);
