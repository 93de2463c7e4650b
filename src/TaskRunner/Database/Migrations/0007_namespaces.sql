-- Several installations may share these tables: each row belongs to a namespace. The first installation is at home here, and its rows have the empty name: so have
-- all rows of before, those of earlier versions of the program, and those that people add without naming a namespace.

-- All locks before any work, in the order in which a sweep takes them: whoever holds one for long costs a try, and not a try with its index.
LOCK TABLE taskrunner.ticks, taskrunner.schedules, taskrunner.results, taskrunner.superseded_results, taskrunner.beats IN ACCESS EXCLUSIVE MODE;

CREATE TABLE taskrunner.namespaces (
    namespace text        PRIMARY KEY CHECK (length(namespace) BETWEEN 1 AND 100),
    is_home   boolean     NOT NULL,
    -- How long its ticks are kept, by its beats.
    tick_ttl  interval,
    seen_at   timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX namespaces_home ON taskrunner.namespaces (is_home) WHERE is_home;

ALTER TABLE taskrunner.schedules
    ADD COLUMN namespace text NOT NULL DEFAULT '' CHECK (length(namespace) <= 100),
    -- schedules_name_key, on the name alone, stays until a second installation comes: statements of earlier versions name it.
    ADD CONSTRAINT schedules_namespace_name_key UNIQUE (namespace, name);

DROP INDEX taskrunner.schedules_due;
CREATE INDEX schedules_due ON taskrunner.schedules (namespace, (coalesce(next_due, '-infinity'::timestamptz))) WHERE enabled;

ALTER TABLE taskrunner.ticks ADD COLUMN namespace text NOT NULL DEFAULT '';
DROP INDEX taskrunner.ticks_check_at;
CREATE INDEX ticks_check_at ON taskrunner.ticks (namespace, check_at) WHERE check_at IS NOT NULL;

ALTER TABLE taskrunner.results ADD COLUMN namespace text NOT NULL DEFAULT '';
ALTER TABLE taskrunner.superseded_results ADD COLUMN namespace text NOT NULL DEFAULT '';
ALTER TABLE taskrunner.beats ADD COLUMN namespace text NOT NULL DEFAULT '';

-- Sets of declared schedules: one is in force for each namespace and source, and those that it replaced are remembered.
CREATE TABLE taskrunner.declared_sets (
    namespace   text        NOT NULL,
    source      text        NOT NULL,
    fingerprint text        NOT NULL,
    -- The declared version; of two, the higher one is in force.
    version     bigint      NOT NULL DEFAULT 0,
    in_force    boolean     NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT now(),
    program     text        NOT NULL,
    PRIMARY KEY (namespace, source, fingerprint)
);

-- Which file or program declares a schedule.
ALTER TABLE taskrunner.schedules ADD COLUMN declared_by text NOT NULL DEFAULT '';
-- Which set of declared schedules a beat has; a beat without one has none.
ALTER TABLE taskrunner.beats ADD COLUMN declares text;
