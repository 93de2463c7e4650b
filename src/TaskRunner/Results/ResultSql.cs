using TaskRunner.Database;

namespace TaskRunner.Results;

/// <summary>The statements on the table <c>results</c>.</summary>
internal static class ResultSql
{
    /// <summary>$1 ids … $12 finished_at, $13 stack, arrays of one length; $14 time to live in seconds. An id stands once in a call.</summary>
    /// <remarks>The condition at the end is <see cref="ResultOrder"/>. Rows are sorted, so that two writers never wait for each other in a circle.</remarks>
    public const string Write = $"""
        INSERT INTO taskrunner.results AS kept
               (task_id, task, queue, state, output, error, attempts, redeliveries, worker, enqueued_at, started_at, finished_at, stack, expires_at, namespace)
        SELECT task_id, task, queue, state, output::jsonb, error, attempts, redeliveries, worker, enqueued_at, started_at, finished_at, stack, now() + make_interval(secs => $14), {Installation.Here}
          FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::text[])
               AS incoming (task_id, task, queue, state, output, error, attempts, redeliveries, worker, enqueued_at, started_at, finished_at, stack)
         ORDER BY task_id
        ON CONFLICT (task_id) DO UPDATE
           SET task = excluded.task, queue = excluded.queue, state = excluded.state, output = excluded.output, error = excluded.error,
               attempts = excluded.attempts, redeliveries = excluded.redeliveries, worker = excluded.worker, enqueued_at = excluded.enqueued_at,
               started_at = excluded.started_at, finished_at = excluded.finished_at, stack = excluded.stack, expires_at = excluded.expires_at
         WHERE kept.expires_at <= now()
            OR CASE
               WHEN kept.state NOT IN ('succeeded', 'dead', 'expired', 'cancelled') THEN
                    excluded.state IN ('succeeded', 'dead', 'expired', 'cancelled')
                    OR coalesce(excluded.finished_at, excluded.started_at, excluded.enqueued_at) >= coalesce(kept.finished_at, kept.started_at, kept.enqueued_at)
               WHEN excluded.state IN ('succeeded', 'dead', 'expired', 'cancelled') OR kept.state = 'dead' THEN
                    coalesce(excluded.finished_at, excluded.started_at, excluded.enqueued_at) > coalesce(kept.finished_at, kept.started_at, kept.enqueued_at)
               ELSE false
               END
        """;

    /// <summary>$1 ids.</summary>
    public const string Read = $"""
        SELECT task_id, task, queue, state, output::text, error, attempts, redeliveries, worker, enqueued_at, started_at, finished_at, stack
          FROM taskrunner.results
         WHERE task_id = ANY($1) AND namespace = {Installation.Here} AND expires_at > now()
        """;

    /// <summary>$1 ids … $12 finished_at, $13 stack, arrays of one length; $14 time to live in seconds.</summary>
    public const string NoteSuperseded = $"""
        INSERT INTO taskrunner.superseded_results (task_id, worker, task, queue, state, output, error, attempts, redeliveries, enqueued_at, started_at, finished_at, stack, expires_at, namespace)
        SELECT task_id, coalesce(worker, ''), task, queue, state, output::jsonb, error, attempts, redeliveries, enqueued_at, started_at, finished_at, stack, now() + make_interval(secs => $14), {Installation.Here}
          FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::text[])
               AS incoming (task_id, task, queue, state, output, error, attempts, redeliveries, worker, enqueued_at, started_at, finished_at, stack)
         ORDER BY task_id, worker
        ON CONFLICT DO NOTHING
        """;

    /// <summary>$1 id.</summary>
    public const string ReadSuperseded = $"""
        SELECT task_id, task, queue, state, output::text, error, attempts, redeliveries, worker, enqueued_at, started_at, finished_at, stack
          FROM taskrunner.superseded_results
         WHERE task_id = $1 AND namespace = {Installation.Here} AND expires_at > now()
         ORDER BY finished_at, worker
        """;

    public const string DeleteExpiredSuperseded = "DELETE FROM taskrunner.superseded_results WHERE expires_at <= now()";

    /// <summary>$1 how many at most. Rows that another janitor is deleting are left to it.</summary>
    public const string DeleteExpired = """
        DELETE FROM taskrunner.results
         WHERE task_id IN (SELECT task_id FROM taskrunner.results WHERE expires_at <= now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
        """;
}
