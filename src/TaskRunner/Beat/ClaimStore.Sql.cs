using TaskRunner.Database;

namespace TaskRunner.Beat;

/// <summary>The statements of a claim.</summary>
internal static partial class ClaimStore
{
    // A beat that freezes while it holds rows must not stop their schedules: the server ends its transaction, and another beat takes over.
    // Somebody's lock ends a claim soon, and so does a row that takes long, such as one with a trigger or a policy that sleeps: the time
    // for a lock is the shorter one, so that a lock is told from a row. A server that is merely busy has to finish a statement in that time.
    // Deferred constraints are checked at their statement, where the row is known, and not at the commit.
    private const string Guard = $"""
        SELECT now(), {RowByRow.Settings},
               set_config('idle_in_transaction_session_timeout', $1, true),
               set_config('lock_timeout', '800ms', true), set_config('statement_timeout', '4s', true)
        """;

    // The commit may wait for a standby as long as it likes: cut off, it would be a commit that is not safe yet.
    private const string Unhurried = "SET LOCAL statement_timeout TO DEFAULT";

    private const string Hurried = "SET LOCAL statement_timeout TO '4s'";

    // One that is cut off here is written once more with a savepoint.
    private const string HurriedOnce = "SET LOCAL statement_timeout TO '2s'";

    // A piece of a group that was refused is small, and others wait for it.
    private const string HurriedMore = "SET LOCAL statement_timeout TO '1s'";

    private const string Immediate = "SET CONSTRAINTS ALL IMMEDIATE";

    /// <summary>When a schedule is due; those that are not known yet come first. It is the expression of the index.</summary>
    internal const string DueAt = "coalesce(next_due, '-infinity')";

    // A schedule that was set aside is tried again when its time has come, or when the clock has gone back past that; once edited, it is
    // claimed like the others.
    private const string Enabled = $"""
        taskrunner.schedules AS schedule
          LEFT JOIN {Aside} ON aside_id = schedule.id
         WHERE schedule.namespace = {Installation.Here} AND schedule.enabled
        """;

    private const string Aside = "(SELECT schedule_id AS aside_id, edited_at, retry_at FROM taskrunner.set_aside) AS aside";

    private const string Free = "(aside_id IS NULL OR edited_at IS DISTINCT FROM schedule.updated_at)";

    // No retry is further away than a minute: what says so was written by a clock that was ahead.
    private const string IsRetryAhead = "retry_at > now() + interval '65 seconds'";

    private const string IsToBeTried = $"(retry_at <= now() OR {IsRetryAhead})";

    private const string FreeRows = $"FROM {Enabled} AND {Free}";

    private const string Plain = $"SELECT {ScheduleRow.Columns}, aside_id IS NOT NULL, false";

    private const string IsOnTime = $"AND {DueAt} > now() - interval '5 seconds' AND {DueAt} <= now()";

    private const string IsLate = $"AND {DueAt} > '-infinity' AND {DueAt} <= now() - interval '5 seconds'";

    private const string IsFresh = $"AND {DueAt} = '-infinity'";

    private const string Lock = "LIMIT $1 FOR UPDATE OF schedule SKIP LOCKED";

    // Schedules that are set aside keep their place in the order of due times, and there may be many of them: a claim reads one page of
    // that order.
    private const string PageRows = $"FROM taskrunner.schedules WHERE namespace = {Installation.Here} AND enabled AND ({DueAt}, id) >= ($2, $3)";

    private const string PageSize = "2000";

    private const string LatePage = $"{PageRows} {IsLate} ORDER BY {DueAt}, id";

    private const string FreshPage = $"{PageRows} {IsFresh} ORDER BY {DueAt}, id";

    // A row that moved between the look and the lock is looked at again, and is another beat's. The comparison is one that no index serves:
    // rows of the page are to be found by their keys.
    private const string InPage = $"""
        JOIN taskrunner.schedules AS schedule ON schedule.id = page_id
          LEFT JOIN {Aside} ON aside_id = schedule.id
         WHERE schedule.namespace = {Installation.Here} AND schedule.enabled AND {Free} AND schedule.next_due IS NOT DISTINCT FROM page_next
        """;

    private const string All = $"""
        SELECT {ScheduleRow.Columns}, false, false FROM taskrunner.schedules AS schedule
         WHERE schedule.namespace = {Installation.Here} AND schedule.enabled
        """;

    private const string OnTimeRows = $"{FreeRows} {IsOnTime} ORDER BY {DueAt} {Lock}";

    private const string LateRows = $"FROM (SELECT id AS page_id, {DueAt} AS page_due, next_due AS page_next {LatePage} LIMIT {PageSize}) AS page {InPage} ORDER BY page_due, page_id {Lock}";

    private const string FreshRows = $"FROM (SELECT id AS page_id, {DueAt} AS page_due, next_due AS page_next {FreshPage} LIMIT {PageSize}) AS page {InPage} ORDER BY page_due, page_id {Lock}";

    // An inner join, so that the plan starts from the few that are set aside and finds their schedules by key; the same holds for the
    // comparison.
    private const string AgainRows = $"""
        FROM (SELECT schedule_id AS aside_id, edited_at, retry_at FROM taskrunner.set_aside WHERE namespace = {Installation.Here} AND retry_at <= now() ORDER BY retry_at LIMIT 1000) AS aside
          JOIN taskrunner.schedules AS schedule ON schedule.id = aside_id
         WHERE schedule.namespace = {Installation.Here} AND schedule.enabled AND NOT {Free} AND greatest({DueAt}, now()) = now()
         ORDER BY retry_at {Lock}
        """;

    private const string AheadRows = $"FROM {Enabled} AND ({Free} OR {IsToBeTried}) AND {IsPlannedAhead} AND {DueAt} > now() {Lock}";

    private const string AheadColumns = $"""
        SELECT {ScheduleRow.Columns}, aside_id IS NOT NULL, aside_id IS NOT NULL AND NOT {Free},
               CASE WHEN isfinite(planned_at) THEN extract(epoch FROM planned_at - now())::float8 ELSE 0 END,
               greatest(least(since, now()), (SELECT max(nominal) FROM taskrunner.ticks WHERE schedule_id = schedule.id AND nominal <= now()))
        """;

    /// <summary>Schedules whose time has just come, the one that is latest first: whatever else waits, they do not. $1 how many at most.</summary>
    internal const string OnTime = $"{Plain} {OnTimeRows}";

    /// <summary>Schedules that have missed ticks, the one that is latest first. $1 how many at most, $2 and $3 where to begin.</summary>
    internal const string Late = $"{Plain} {LateRows}";

    /// <summary>Schedules that were just made or edited and have no due time yet. $1 how many at most, $2 and $3 where to begin.</summary>
    internal const string Fresh = $"{Plain} {FreshRows}";

    /// <summary>The same where none is set aside, as is usual.</summary>
    internal const string AllOnTime = $"{All} {IsOnTime} ORDER BY {DueAt} {Lock}";

    /// <inheritdoc cref="AllOnTime"/>
    internal const string AllLate = $"{All} {IsLate} ORDER BY {DueAt}, id {Lock}";

    /// <inheritdoc cref="AllOnTime"/>
    internal const string AllFresh = $"{All} {IsFresh} ORDER BY {DueAt}, id {Lock}";

    /// <summary>Schedules that were refused and are to be tried again, the one that waits longest first. $1 how many at most.</summary>
    internal const string Again = $"SELECT {ScheduleRow.Columns}, true, true {AgainRows}";

    /// <summary>Where the next page begins; nothing when this one is the last. $2 and $3 where it began.</summary>
    internal const string LatePageEnd = $"SELECT {DueAt}, id {LatePage} OFFSET {PageSize} - $1 LIMIT 1";

    /// <inheritdoc cref="LatePageEnd"/>
    internal const string FreshPageEnd = $"SELECT {DueAt}, id {FreshPage} OFFSET {PageSize} - $1 LIMIT 1";

    /// <summary>Whether any schedule is to be tried again.</summary>
    internal const string AnyAgain = $"""
        SELECT EXISTS (SELECT FROM taskrunner.set_aside WHERE namespace = {Installation.Here} AND retry_at <= now())
            OR EXISTS (SELECT FROM taskrunner.set_aside WHERE namespace = {Installation.Here} AND {IsRetryAhead})
        """;

    private const string AnyAside = $"EXISTS (SELECT FROM taskrunner.set_aside WHERE namespace = {Installation.Here})";

    /// <summary>
    /// Seconds until the next schedule is due, whether any is set aside, and whether any is late or fresh.
    /// </summary>
    // ORDER BY makes the planner use the index of due times. By statistics of a minute ago all schedules are late, and without ORDER BY the
    // planner takes any index and reads them all.
    internal const string Outlook = $"""
        SELECT ({Earliest}), {AnyAside},
               (SELECT true FROM taskrunner.schedules
                 WHERE namespace = {Installation.Here} AND enabled AND {DueAt} <= now() - interval '5 seconds'
                 ORDER BY {DueAt}
                 LIMIT 1) IS NOT NULL
        """;

    /// <summary>The same where some are set aside: seconds, whether any still is, and whether any is to be tried again.</summary>
    internal const string OutlookAside = $"SELECT ({Earliest}), {AnyAside}, ({AnyAgain})";

    // Those that nobody will try: of schedules that are gone, and of others that cannot be tried now, which must not stand before those
    // that can.
    private const string AgainPage = $"""
        page AS MATERIALIZED (
            SELECT schedule_id FROM taskrunner.set_aside WHERE namespace = {Installation.Here} AND retry_at <= now() ORDER BY retry_at LIMIT 1000 FOR UPDATE SKIP LOCKED)
        """;

    internal const string ForgetRemoved = $"""
        WITH {AgainPage}
        DELETE FROM taskrunner.set_aside AS kept USING page
         WHERE kept.schedule_id = page.schedule_id AND NOT EXISTS (SELECT FROM taskrunner.schedules WHERE id = kept.schedule_id)
        """;

    internal const string PutOff = $"""
        WITH {AgainPage}
        UPDATE taskrunner.set_aside AS kept
           SET namespace = schedule.namespace,
               retry_at = now() + CASE WHEN isfinite({DueAt}) THEN least(greatest({DueAt} - now(), interval '5 seconds'), interval '1 minute') ELSE interval '1 minute' END
          FROM page JOIN taskrunner.schedules AS schedule ON schedule.id = page.schedule_id
         WHERE kept.schedule_id = page.schedule_id
           AND (schedule.namespace <> {Installation.Here} OR NOT schedule.enabled OR kept.edited_at IS DISTINCT FROM schedule.updated_at OR {DueAt} > now())
        """;

    internal const string BringBack = $"""
        UPDATE taskrunner.set_aside SET retry_at = now()
         WHERE schedule_id IN (SELECT schedule_id FROM taskrunner.set_aside WHERE namespace = {Installation.Here} AND {IsRetryAhead} LIMIT 1000 FOR UPDATE SKIP LOCKED)
        """;

    /// <summary>
    /// Schedules whose next time was found by a clock that was ahead of now, with the instant from which they count: after their last tick that is not ahead. Only
    /// where such were counted, as it reads the whole table. $1 how many at most.
    /// </summary>
    internal const string Ahead = $"{AheadColumns} {AheadRows}";

    // A claim of one takes its row first and reads it then: what fails in between is known to be that row's.
    private const string One = $"SELECT {ScheduleRow.Columns}, aside_id IS NOT NULL, aside_id IS NOT NULL AND NOT {Free} FROM {Enabled} AND schedule.id = $1";

    private const string OneAhead = $"{AheadColumns} FROM {Enabled} AND schedule.id = $1";

    /// <summary>Planned later than now.</summary>
    internal const string IsPlannedAhead = "planned_at > now() + interval '5 seconds'";

    // Ticks of a time to come that never became tasks have not come yet, and those that were counted as missed are not.
    private const string ForgetAhead = """
        DELETE FROM taskrunner.ticks WHERE schedule_id = ANY ($1) AND nominal > now() AND created_at > now() AND state = 'skipped'
        """;

    private const string UncountAhead = """
        UPDATE taskrunner.ticks SET missed_count = 0, missed_since = NULL WHERE schedule_id = ANY ($1) AND nominal > now() AND missed_count > 0
        """;

    /// <summary>Seconds until the next schedule is due.</summary>
    // What is due already and was not claimed is in the hands of another beat.
    internal const string Earliest = $"""
        SELECT CASE WHEN isfinite(next_due) THEN extract(epoch FROM next_due - clock_timestamp())::float8 END
          FROM taskrunner.schedules
         WHERE namespace = {Installation.Here} AND enabled AND {DueAt} > now()
         ORDER BY {DueAt}
         LIMIT 1
        """;

    // A problem of its last tick stays until a tick has become a task.
    internal const string Move = """
        UPDATE taskrunner.schedules AS schedule
           SET next_due = plan.next_due, last_due = coalesce(plan.last_due, schedule.last_due), planned_at = now(),
               problem = CASE WHEN plan.problem IS NULL AND plan.last_due IS NOT NULL THEN schedule.problem ELSE plan.problem END
          FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::text[]) AS plan (id, next_due, last_due, problem)
         WHERE schedule.id = plan.id
        """;

    // A tick that is there already has been dealt with, or was asked for by hand at that very instant: it is not this claim's to send.
    private const string Write = $"""
        INSERT INTO taskrunner.ticks (namespace, schedule_id, nominal, task_id, state, reason, missed_count, missed_since, queue, check_at)
        SELECT {Installation.Here}, schedule_id, nominal, task_id, state, reason, missed_count, missed_since, queue, CASE WHEN state = 'pending' THEN now() + make_interval(secs => $8) END
          FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::timestamptz[], $9::text[])
               AS tick (schedule_id, nominal, task_id, state, reason, missed_count, missed_since, queue)
        ON CONFLICT (schedule_id, nominal) DO NOTHING
        RETURNING task_id
        """;

    // What was missed is told of in a row that was there before, too.
    private const string TellMissed = """
        UPDATE taskrunner.ticks AS tick SET missed_count = least(1000, tick.missed_count + given.missed_count), missed_since = least(tick.missed_since, given.missed_since)
          FROM unnest($1::uuid[], $2::timestamptz[], $3::int[], $4::timestamptz[]) AS given (schedule_id, nominal, missed_count, missed_since)
         WHERE tick.schedule_id = given.schedule_id AND tick.nominal = given.nominal AND tick.missed_since IS DISTINCT FROM given.missed_since
        """;

    // Not there before, and not there now.
    private const string Absent = """
        SELECT EXISTS (SELECT FROM unnest($1::uuid[], $2::timestamptz[]) AS given (schedule_id, nominal)
                        WHERE NOT EXISTS (SELECT FROM taskrunner.ticks AS tick WHERE tick.schedule_id = given.schedule_id AND tick.nominal = given.nominal))
        """;

    private const string Savepoint = "SAVEPOINT one_group";

    // The first try comes after some seconds; the longest pause is a minute, since what refuses may be mended without an edit of the row.
    private const string SetAside = """
        WITH given AS (SELECT * FROM unnest($1::uuid[], $2::text[]) AS given (id, problem)),
             before AS MATERIALIZED (SELECT schedule_id, problem FROM taskrunner.set_aside WHERE schedule_id = ANY ($1))
        INSERT INTO taskrunner.set_aside AS kept (namespace, schedule_id, problem, edited_at, retry_at)
        SELECT schedule.namespace, given.id, given.problem, schedule.updated_at, now() + make_interval(secs => $3)
          FROM given JOIN taskrunner.schedules AS schedule ON schedule.id = given.id
        ON CONFLICT (schedule_id) DO UPDATE
           SET namespace = excluded.namespace, problem = excluded.problem, edited_at = excluded.edited_at, tries = least(kept.tries, 1000) + 1,
               retry_at = now() + least(make_interval(secs => $3) * power(2, least(kept.tries, 10)), interval '1 minute')
        RETURNING schedule_id, problem IS DISTINCT FROM (SELECT problem FROM before WHERE before.schedule_id = kept.schedule_id)
        """;

    private const string TakeBack = "DELETE FROM taskrunner.set_aside WHERE schedule_id = ANY ($1)";
}
