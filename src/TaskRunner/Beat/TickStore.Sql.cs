using TaskRunner.Database;

namespace TaskRunner.Beat;

/// <summary>The statements on ticks.</summary>
internal static partial class TickStore
{
    // A broker forgets an id after TickRelay.RememberId; past this age a lost task could not be told from a finished one.
    private const string LongestDoubt = "interval '24 hours'";

    // Whether the broker has the task of one that was asked for, it can still say; of others there is none.
    private const string IsGone = "schedule.id IS NULL AND tick.state <> 'sent' AND tick.queue IS NULL";

    private const string NotAside =
        "(tick.schedule_id, tick.nominal) NOT IN (SELECT aside.id, aside.at FROM unnest($1::uuid[], $2::timestamptz[]) AS aside (id, at))";

    /// <summary>
    /// Looks up rows by their keys, and ends a wait for somebody's lock: the others do not wait with it. The role's own limit
    /// counts when there is one. A beat that freezes before its commit gives the rows back, as it does in a claim.
    /// </summary>
    private const string Plan = $"""
        {RowByRow.Plan}, CASE current_setting('lock_timeout') WHEN '0' THEN set_config('lock_timeout', '1s', true) END,
        set_config('idle_in_transaction_session_timeout', '5s', true)
        """;

    /// <summary>The same, with a limit of time for each statement: a trigger that sleeps ends there.</summary>
    private const string ShortPlan = $"""
        {Plan}, CASE current_setting('statement_timeout') WHEN '0' THEN set_config('statement_timeout', '2s', true) END
        """;

    /// <summary>
    /// Takes ticks whose time to be looked at has come, by moving that time on, so that no lock is held while the broker is asked. Those with a final
    /// result are done. $1 and $2 schedules and nominal times of ticks that are set aside, $3 how many at most, $4 seconds until another
    /// beat may try a pending one, $5 shortest time in seconds until a sent one is looked at again; that time doubles. One that says that
    /// it was sent later than now was written while the clock was ahead, or by hand. What was taken and could not be moved comes back with
    /// false in the column before the last one.
    /// </summary>
    internal const string Sweep = $"{SweepHead} AND {NotAside} {SweepMost} {SweepTail}";

    /// <summary>The same where none is set aside, as is usual.</summary>
    internal const string SweepAll = $"{SweepHead} {SweepMost} {SweepTail}";

    private const string SweepHead = $"""
        WITH due AS MATERIALIZED (
            SELECT schedule_id, nominal, task_id, queue, check_at
              FROM taskrunner.ticks AS tick
             WHERE tick.namespace = {Installation.Here} AND check_at <= now()
        """;

    private const string SweepMost = """
             ORDER BY check_at
             LIMIT $3
               FOR UPDATE OF tick SKIP LOCKED),
        """;

    /// <summary>The same for the ticks of $1 and $2 alone.</summary>
    internal const string SweepKeys = $"""
        WITH due AS MATERIALIZED (
            SELECT tick.schedule_id, tick.nominal, tick.task_id, tick.queue, tick.check_at
              FROM unnest($1::uuid[], $2::timestamptz[]) AS wanted (schedule_id, nominal)
              JOIN taskrunner.ticks AS tick ON tick.schedule_id = wanted.schedule_id AND tick.nominal = wanted.nominal
             WHERE tick.namespace = {Installation.Here} AND tick.check_at <= now()
             LIMIT $3
               FOR UPDATE OF tick SKIP LOCKED),
        {SweepTail}
        """;

    // A broker that was asked for a task may have forgotten it by now: a pending tick may have been asked for ever since it was written; a
    // buffered one was refused by the broker when it was last looked at.
    private const string IsForgotten = $"""
        due.queue IS NOT NULL AND (tick.state = 'pending' AND tick.created_at <= now() - {LongestDoubt}
                                   OR tick.state = 'buffered' AND isfinite(due.check_at) AND due.check_at <= now() - {LongestDoubt})
        """;

    private const string SweepTail = $"""
        moved AS (
            UPDATE taskrunner.ticks AS tick
               SET namespace = coalesce(schedule.namespace, tick.namespace), queue = coalesce(tick.queue, schedule.queue),
                   state = CASE WHEN final.task_id IS NOT NULL THEN 'ran' WHEN {IsGone} THEN 'skipped' ELSE tick.state END,
                   reason = CASE WHEN final.task_id IS NULL AND {IsGone} THEN '{TickReason.Removed}' ELSE tick.reason END,
                   outcome = final.state, started_at = final.started_at, finished_at = final.finished_at,
                   check_at = CASE WHEN final.task_id IS NOT NULL OR {IsGone} THEN NULL
                                   WHEN tick.state <> 'sent' THEN now() + make_interval(secs => $4)
                                   WHEN tick.sent_at IS NULL OR tick.sent_at <= now() - {LongestDoubt} THEN NULL
                                   WHEN tick.sent_at >= now() THEN now() + make_interval(secs => $5)
                                   ELSE least(now() + greatest(make_interval(secs => $5), now() - tick.sent_at),
                                              tick.sent_at + {LongestDoubt}) END,
                   sent_at = CASE WHEN tick.sent_at > now() THEN now() ELSE tick.sent_at END
              FROM due
              LEFT JOIN taskrunner.schedules AS schedule ON schedule.id = due.schedule_id
              LEFT JOIN taskrunner.results AS final ON final.task_id = due.task_id AND final.state NOT IN ('waiting', 'delayed', 'running', 'retrying')
             WHERE tick.schedule_id = due.schedule_id AND tick.nominal = due.nominal
            RETURNING tick.schedule_id, tick.nominal, tick.state, tick.check_at, left(due.queue, 1000) AS asked_in, {IsForgotten} AS is_forgotten),
        seen AS (
            SELECT schedule_id, nominal, state, check_at, asked_in, is_forgotten, true AS is_moved FROM moved
            UNION ALL
            SELECT schedule_id, nominal, '', NULL, NULL, false, false FROM due
             WHERE (SELECT count(*) FROM due) > (SELECT count(*) FROM moved)
               AND (schedule_id, nominal) NOT IN (SELECT schedule_id, nominal FROM moved))
        SELECT {ScheduleRow.Columns}, seen.nominal, seen.state,
               seen.check_at IS NOT NULL AND (schedule.namespace = {Installation.Here} OR schedule.id IS NULL AND seen.state <> 'sent'),
               now(), seen.schedule_id, seen.asked_in, schedule.id IS NULL, seen.is_moved, seen.is_forgotten
          FROM seen LEFT JOIN taskrunner.schedules AS schedule ON schedule.id = seen.schedule_id
        """;

    /// <summary>
    /// Writes what became of ticks. One that is over stays so; of two that wait for the same task, one is skipped. $1 schedules, $2 nominal times, $3 ids
    /// of tasks, $4 states, $5 reasons, $6 whether sent again; $7 and $8 seconds until a sent and a buffered one are looked at; $9 and $10 the
    /// first and the last nominal time, by which the planner leaves most partitions out: that takes it longer than all the rest.
    /// </summary>
    internal const string Mark = $"""
        UPDATE taskrunner.ticks AS tick
           {MarkSet}
          FROM ({Given}) AS settled
         {MarkWhere}
        """;

    /// <summary>The same where some are buffered.</summary>
    internal const string MarkBuffered = $"""
        {MarkHead}{Given}{MarkTail}
        """;

    /// <summary>The same but for rows that somebody else holds: they are looked at again.</summary>
    internal const string MarkFree = $"""
        {MarkHead}
            SELECT given.* FROM ({Given}) AS given
              JOIN taskrunner.ticks AS free ON free.schedule_id = given.schedule_id AND free.nominal = given.nominal
               FOR UPDATE OF free SKIP LOCKED
        {MarkTail}
        """;

    private const string Given =
        "SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[], $6::boolean[]) AS given (schedule_id, nominal, task_id, state, reason, again)";

    private const string MarkHead = "WITH given AS MATERIALIZED (";

    private const string MarkTail = $"""
        ),
        crowded AS MATERIALIZED (
            SELECT given.schedule_id, given.nominal
              FROM given JOIN taskrunner.ticks AS earlier ON earlier.schedule_id = given.schedule_id AND earlier.nominal < given.nominal
             WHERE given.state = 'buffered' AND earlier.check_at <= now() + interval '5 seconds' AND earlier.state IN ('pending', 'buffered')
               AND NOT EXISTS (SELECT FROM given AS same WHERE same.schedule_id = earlier.schedule_id AND same.nominal = earlier.nominal AND same.state <> 'buffered'))
        UPDATE taskrunner.ticks AS tick
           {MarkSet}
          FROM (SELECT schedule_id, nominal, task_id, again, CASE WHEN is_crowded THEN 'skipped' ELSE state END AS state, CASE WHEN is_crowded THEN '{TickReason.Overlap}' ELSE reason END AS reason
                  FROM (SELECT *, (schedule_id, nominal) IN (SELECT schedule_id, nominal FROM crowded) AS is_crowded FROM given) AS judged) AS settled
         {MarkWhere}
        """;

    private const string MarkSet = """
        SET task_id = settled.task_id,
               state = settled.state,
               reason = settled.reason,
               sent_at = CASE WHEN settled.state = 'sent' THEN now() ELSE tick.sent_at END,
               resent = least(tick.resent, 2147483646) + settled.again::int,
               check_at = CASE settled.state WHEN 'sent' THEN now() + make_interval(secs => $7) WHEN 'buffered' THEN now() + make_interval(secs => $8) END
        """;

    private const string MarkWhere = """
        WHERE tick.schedule_id = settled.schedule_id AND tick.nominal = settled.nominal AND tick.nominal BETWEEN $9 AND $10
           AND tick.state <> ALL (ARRAY['ran', 'skipped', 'refused'])
        RETURNING tick.schedule_id, tick.nominal, tick.state
        """;

    /// <summary>Seconds until the next tick is to be looked at.</summary>
    // PostgreSQL before 17 takes no time from infinity.
    internal const string Next = $"""
        SELECT CASE WHEN isfinite(check_at) THEN extract(epoch FROM check_at - clock_timestamp())::float8 END
          FROM taskrunner.ticks
         WHERE namespace = {Installation.Here} AND check_at > '-infinity'
         ORDER BY check_at
         LIMIT 1
        """;

    /// <summary>After an outage of the broker: what it was given last is what it may have lost; see <see cref="TickRecall"/>.</summary>
    // Older ones are looked at in their turn. The last condition follows from the others, as the time to the next look is no longer than
    // the time since sending; it keeps the scan of the index short.
    internal static readonly RecallRule Doubt = new("""
        tick.check_at > now() AND tick.state = 'sent' AND tick.sent_at > now() - interval '10 minutes'
        AND tick.check_at < now() + interval '11 minutes'
        """);

    /// <summary>What is to be sent or looked at waits for a time that lies ahead of where anybody could have put it.</summary>
    internal static readonly RecallRule Rewind = new("""
        tick.check_at > now() + interval '1 minute' AND isfinite(tick.check_at)
        AND (tick.state IN ('pending', 'buffered') OR tick.sent_at > now() + interval '1 minute')
        """);

    internal const string AnyPending = $"""
        SELECT (SELECT true FROM taskrunner.ticks AS tick
                 WHERE namespace = {Installation.Here} AND check_at <= now() + interval '5 seconds' AND state = 'pending' AND {NotAside}
                 ORDER BY check_at
                 LIMIT 1) IS NOT NULL
        """;

    internal const string Lag = $"""
        SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8
          FROM taskrunner.ticks AS tick
         WHERE namespace = {Installation.Here} AND check_at <= now() + interval '1 second' AND state = 'pending'
           AND isfinite(created_at) AND {NotAside}
        """;

    // From both ends: thousands at one end that the database refuses are no wall before those at the other.
    internal const string Due = $"""
        SELECT schedule_id, nominal, check_at FROM (
            SELECT schedule_id, nominal, check_at FROM taskrunner.ticks AS tick
             WHERE namespace = {Installation.Here} AND check_at <= now() AND {NotAside}
             ORDER BY check_at LIMIT $3) AS oldest
        UNION
        SELECT schedule_id, nominal, check_at FROM (
            SELECT schedule_id, nominal, check_at FROM taskrunner.ticks AS tick
             WHERE namespace = {Installation.Here} AND check_at <= now() AND {NotAside}
             ORDER BY check_at DESC LIMIT $3) AS newest
         ORDER BY check_at
        """;

    // Asked after an update that passed over some: those that are over by now are nobody's fault.
    private const string Open = """
        SELECT tick.schedule_id, tick.nominal
          FROM unnest($1::uuid[], $2::timestamptz[]) AS given (schedule_id, nominal)
          JOIN taskrunner.ticks AS tick ON tick.schedule_id = given.schedule_id AND tick.nominal = given.nominal
         WHERE tick.state <> ALL (ARRAY['ran', 'skipped', 'refused'])
         LIMIT $3
        """;

    private const string Problem = """
        WITH free AS MATERIALIZED (
            SELECT schedule.id, given.problem
              FROM unnest($1::uuid[], $2::text[]) AS given (id, problem)
              JOIN taskrunner.schedules AS schedule ON schedule.id = given.id
             WHERE schedule.problem IS DISTINCT FROM given.problem
               FOR UPDATE OF schedule SKIP LOCKED)
        UPDATE taskrunner.schedules AS schedule SET problem = free.problem FROM free WHERE schedule.id = free.id
        """;
}
