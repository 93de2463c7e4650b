-- Results of workers that had lost their lease: the broker refused them, and they are kept to be looked at. They never touch the true result.
CREATE TABLE taskrunner.superseded_results (
    task_id      uuid        NOT NULL,
    worker       text        NOT NULL,
    task         text        NOT NULL,
    queue        text        NOT NULL,
    -- What the late worker would have said.
    state        text        NOT NULL,
    output       jsonb,
    error        text,
    attempts     integer     NOT NULL,
    redeliveries integer     NOT NULL,
    enqueued_at  timestamptz NOT NULL,
    started_at   timestamptz,
    finished_at  timestamptz,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (task_id, worker)
);

CREATE INDEX superseded_results_expires_at ON taskrunner.superseded_results (expires_at);
