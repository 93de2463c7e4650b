using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using TaskRunner.Database;

namespace TaskRunner.Beat;

/// <summary>The statements of a claim: due schedules are locked, their ticks are written, and they move on, in one transaction.</summary>
internal static class ClaimStore
{
    // A beat that freezes while it holds rows must not stop their schedules: the server ends its transaction, another beat takes over. Somebody's lock ends a
    // claim soon, and so does a row that takes long, such as one with a trigger or a policy that sleeps: the time for a lock is the shorter
    // one, so that a lock is told from a row. A server that is merely busy has to finish a statement in that time. Constraints that could wait for the commit speak at their statement, where the row is known.
    private const string Guard =
        "SELECT set_config('idle_in_transaction_session_timeout', $1, true), set_config('lock_timeout', '800ms', true), set_config('statement_timeout', '4s', true)";

    // The commit may wait for a standby as long as it likes: cut off, it would be a commit that is not safe yet.
    private const string Unhurried = "SET LOCAL statement_timeout TO DEFAULT";

    private const string Hurried = "SET LOCAL statement_timeout TO '4s'";

    // A piece of a group that was refused is small, and others wait for it.
    private const string HurriedMore = "SET LOCAL statement_timeout TO '1s'";

    private const string Immediate = "SET CONSTRAINTS ALL IMMEDIATE";

    /// <summary>When a schedule is due; those that are not known yet come first. It is the expression of the index.</summary>
    internal const string DueAt = "coalesce(next_due, '-infinity')";

    // A schedule that was set aside is tried again when its time has come, or when the clock has gone back past that; once edited, it is claimed like the others.
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

    // Those that are set aside stay where they are in the order of due times, and may be many: a page of so many rows is looked through at
    // a time.
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

    /// <summary>Locks what is due until the transaction ends.</summary>
    /// <param name="here">A connection in a transaction.</param>
    /// <param name="lanes">How many schedules of each kind to take at most.</param>
    /// <param name="walk">Where to begin; it goes on to where the next claim is to begin, and notes the schedule that a claim of one takes.</param>
    /// <param name="options">How beat runs.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <returns>The time of the database, the schedules, whether there may be more of them, and the time until the next one is due; null when none is in sight.</returns>
    public static async Task<Claim> ClaimAsync(Here here, ClaimLanes lanes, ClaimWalk walk, BeatOptions options, CancellationToken stopping)
    {
        await using var batch = new NpgsqlBatch(here.Connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(here.Sql(Guard)) { Parameters = { new() { Value = options.LongestHold.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture) } } },
                new NpgsqlBatchCommand(here.Sql(RowByRow.Plan)),
                new NpgsqlBatchCommand(here.Sql(Immediate)),
                new NpgsqlBatchCommand(here.Sql("SELECT now()")),
                new NpgsqlBatchCommand(here.Sql(Earliest)),
                new NpgsqlBatchCommand(here.Sql(AnyAgain)),
            },
        };
        if (lanes.Again > 0)
        {
            foreach (var tidy in new[] { BringBack, ForgetRemoved, PutOff })
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand(here.Sql(tidy)));
            }
        }

        foreach (var (lane, most) in lanes.Kinds)
        {
            Add(batch, here, lanes.IsOne ? $"SELECT schedule.id, left(name, 200) {RowsOf(lane)}" : StatementOf(lane), most, walk.Of(lane));
            if (PageEndOf(lane) is { } end)
            {
                Add(batch, here, end, 1, walk.Of(lane));
            }
        }

        if (!lanes.IsOne)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(here.Sql(Unhurried)));
        }

        return await ReadClaimAsync(here, batch, lanes, walk, stopping);
    }

    private static async Task<Claim> ReadClaimAsync(Here here, NpgsqlBatch batch, ClaimLanes lanes, ClaimWalk walk, CancellationToken stopping)
    {
        // Statements without rows, such as SET CONSTRAINTS, are no results to the reader.
        var schedules = new List<DueSchedule>();
        Claim claim;
        await using (var reader = await batch.ExecuteReaderAsync(stopping))
        {
            await reader.NextResultAsync(stopping);
            await reader.NextResultAsync(stopping);
            await reader.ReadAsync(stopping);
            var now = PgInstant.Read(reader, 0);
            await reader.NextResultAsync(stopping);
            var wait = await ReadWaitAsync(reader, stopping);
            await reader.NextResultAsync(stopping);
            await reader.ReadAsync(stopping);
            claim = new Claim(PgInstant.Clamp(now), schedules, false, wait) { IsAnyAgain = reader.GetBoolean(0) };
            var budget = new ArgumentBudget();
            foreach (var (lane, most) in lanes.Kinds)
            {
                await reader.NextResultAsync(stopping);
                var isFull = (lanes.IsOne ? await ReadHeadAsync(reader, walk, stopping) : await ReadSchedulesAsync(reader, schedules, budget, stopping)) == most;
                claim = claim with { IsMore = claim.IsMore | isFull };
                if (PageEndOf(lane) is not null)
                {
                    await reader.NextResultAsync(stopping);
                    var end = await reader.ReadAsync(stopping) ? (PgInstant.Read(reader, 0), reader.GetGuid(1)) : default((long, Guid)?);
                    claim = claim with { IsMore = claim.IsMore | walk.Read(lane, now, isFull, end) };
                }
            }
        }

        if (lanes.IsOne && walk.Head is { } head)
        {
            await ReadOneAsync(here, lanes, head.Id, schedules, stopping);
        }

        return claim;
    }

    private static async Task ReadOneAsync(Here here, ClaimLanes lanes, Guid schedule, List<DueSchedule> schedules, CancellationToken stopping)
    {
        await using var batch = new NpgsqlBatch(here.Connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(here.Sql(lanes.Ahead > 0 ? OneAhead : One)) { Parameters = { new() { Value = schedule } } },
                new NpgsqlBatchCommand(here.Sql(Unhurried)),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        await ReadSchedulesAsync(reader, schedules, new ArgumentBudget(), stopping);
    }

    private static void Add(NpgsqlBatch batch, Here here, string statement, int most, (long Due, Guid Id)? from)
    {
        var command = new NpgsqlBatchCommand(here.Sql(statement)) { Parameters = { new() { Value = most } } };
        if (from is { } start)
        {
            command.Parameters.Add(Instant(start.Due));
            command.Parameters.Add(new() { Value = start.Id });
        }

        batch.BatchCommands.Add(command);
    }

    private static string StatementOf(ClaimKind kind) => kind switch
    {
        ClaimKind.OnTime => OnTime,
        ClaimKind.Late => Late,
        ClaimKind.Fresh => Fresh,
        ClaimKind.Again => Again,
        _ => Ahead,
    };

    private static string RowsOf(ClaimKind kind) => kind switch
    {
        ClaimKind.OnTime => OnTimeRows,
        ClaimKind.Late => LateRows,
        ClaimKind.Fresh => FreshRows,
        ClaimKind.Again => AgainRows,
        _ => AheadRows,
    };

    private static string? PageEndOf(ClaimKind kind) => kind switch
    {
        ClaimKind.Late => LatePageEnd,
        ClaimKind.Fresh => FreshPageEnd,
        _ => null,
    };

    private static async Task<int> ReadHeadAsync(NpgsqlDataReader reader, ClaimWalk walk, CancellationToken stopping)
    {
        if (!await reader.ReadAsync(stopping))
        {
            return 0;
        }

        walk.Head = (reader.GetGuid(0), await reader.IsDBNullAsync(1, stopping) ? "" : reader.GetString(1));
        return 1;
    }

    /// <summary>Writes the ticks of some schedules and their next due times behind a savepoint.</summary>
    /// <param name="here">The connection that holds the locks.</param>
    /// <param name="plans">What to do with each schedule.</param>
    /// <param name="isPiece">Whether others wait for it, so that it has less time.</param>
    /// <param name="handOver">After this time another beat may enqueue the ticks.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <returns>The ids of the tasks whose ticks were not there before, and the time until the next schedule is due.</returns>
    /// <exception cref="PostgresException">The database refuses a row of them; <see cref="UndoAsync"/> takes back what this call did.</exception>
    /// <exception cref="SilentRefusalException">The database passed over a row of them without a word; the same.</exception>
    public static async Task<(List<Guid> Inserted, TimeSpan? Wait)> WriteAsync(Here here, IReadOnlyList<TickPlan> plans, bool isPiece, TimeSpan handOver, CancellationToken stopping)
    {
        await using var batch = new NpgsqlBatch(here.Connection)
        {
            BatchCommands = { new NpgsqlBatchCommand(here.Sql(Savepoint)), new NpgsqlBatchCommand(here.Sql(isPiece ? HurriedMore : Hurried)) },
        };
        Guid[] ahead = [.. plans.Where(plan => plan.Schedule.Ahead is not null).Select(plan => plan.Schedule.Id)];
        if (ahead.Length > 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(here.Sql(ForgetAhead)) { Parameters = { new() { Value = ahead } } });
            batch.BatchCommands.Add(new NpgsqlBatchCommand(here.Sql(UncountAhead)) { Parameters = { new() { Value = ahead } } });
        }

        var ticks = plans.SelectMany(PlannedTick.Of).ToList();
        NpgsqlBatchCommand? write = null;
        if (ticks.Count > 0)
        {
            write = new NpgsqlBatchCommand(here.Sql(Write))
            {
                Parameters =
                {
                    Column(ticks, tick => tick.Schedule),
                    Instants(ticks, tick => PgInstant.Of(tick.Nominal)),
                    Column(ticks, tick => tick.Id),
                    Column(ticks, tick => tick.State),
                    Column(ticks, tick => tick.Reason),
                    Column(ticks, tick => tick.MissedCount),
                    OptionalInstants(ticks, tick => tick.MissedSince is { } since ? PgInstant.Of(since) : null),
                    new() { Value = handOver.TotalSeconds },
                    Column(ticks, tick => tick.Queue),
                },
            };
            batch.BatchCommands.Add(write);
        }

        if (ticks.FindAll(tick => tick.MissedCount > 0) is { Count: > 0 } telling)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(here.Sql(TellMissed))
            {
                Parameters =
                {
                    Column(telling, tick => tick.Schedule),
                    Instants(telling, tick => PgInstant.Of(tick.Nominal)),
                    Column(telling, tick => tick.MissedCount),
                    OptionalInstants(telling, tick => tick.MissedSince is { } since ? PgInstant.Of(since) : null),
                },
            });
        }

        var move = new NpgsqlBatchCommand(here.Sql(Move))
        {
            Parameters =
            {
                Column(plans, plan => plan.Schedule.Id),
                Instants(plans, plan => plan.NextDue is { } next ? PgInstant.Of(next) : PgInstant.Infinity),
                OptionalInstants(plans, plan => plan.Ticks.Count > 0 ? PgInstant.Of(plan.Ticks[^1]) : null),
                Column(plans, plan => Sentence.Fit(plan.Problem)),
            },
        };
        batch.BatchCommands.Add(move);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(here.Sql(Earliest)));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(here.Sql(Unhurried)));
        var inserted = new List<Guid>();
        var wait = await ReadWrittenAsync(batch, ticks.Count > 0, inserted, stopping);
        if (move.Rows < (ulong)plans.Count)
        {
            throw new SilentRefusalException("a trigger or a policy of the database keeps it from moving on");
        }

        if (write?.Rows < (ulong)ticks.Count && await IsAnyAbsentAsync(here, ticks, stopping))
        {
            throw new SilentRefusalException("a trigger or a rule of the database drops its ticks");
        }

        return (inserted, wait);
    }

    private static async Task<bool> IsAnyAbsentAsync(Here here, IReadOnlyList<PlannedTick> ticks, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(here.Sql(Absent), here.Connection) { Parameters = { Column(ticks, tick => tick.Schedule), Instants(ticks, tick => PgInstant.Of(tick.Nominal)) } };
        return await command.ExecuteScalarAsync(stopping) is true;
    }

    private static async Task<TimeSpan?> ReadWrittenAsync(NpgsqlBatch batch, bool hasTicks, List<Guid> inserted, CancellationToken stopping)
    {
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        if (hasTicks)
        {
            while (await reader.ReadAsync(stopping))
            {
                if (!await reader.IsDBNullAsync(0, stopping))
                {
                    inserted.Add(reader.GetGuid(0));
                }
            }

            await reader.NextResultAsync(stopping);
        }

        return await ReadWaitAsync(reader, stopping);
    }

    /// <summary>Takes back what the last <see cref="WriteAsync"/> did; the transaction goes on.</summary>
    public static Task UndoAsync(Here here, CancellationToken stopping) => ExecuteAsync(here, "ROLLBACK TO SAVEPOINT one_group", stopping);

    /// <summary>Notes that the last <see cref="WriteAsync"/> stays.</summary>
    public static Task KeepAsync(Here here, CancellationToken stopping) => ExecuteAsync(here, "RELEASE SAVEPOINT one_group", stopping);

    /// <summary>Sets schedules aside that the database refuses to move.</summary>
    /// <returns>Those whose problem is a new one.</returns>
    public static async Task<HashSet<Guid>> SetAsideAsync(Here here, IReadOnlyList<(Guid Id, string Problem)> refused, TimeSpan retryAfter, CancellationToken stopping)
    {
        await using var batch = new NpgsqlBatch(here.Connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(here.Sql(SetAside))
                {
                    Parameters = { Column(refused, entry => entry.Id), Column(refused, entry => Sentence.Fit(entry.Problem)), new() { Value = retryAfter.TotalSeconds } },
                },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        var fresh = new HashSet<Guid>();
        while (await reader.ReadAsync(stopping))
        {
            if (reader.GetBoolean(1))
            {
                fresh.Add(reader.GetGuid(0));
            }
        }

        return fresh;
    }

    /// <summary>Forgets that schedules were set aside.</summary>
    public static async Task TakeBackAsync(Here here, Guid[] schedules, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(here.Sql(TakeBack), here.Connection) { Parameters = { new() { Value = schedules } } };
        await command.ExecuteNonQueryAsync(stopping);
    }

    private static async Task<int> ReadSchedulesAsync(NpgsqlDataReader reader, List<DueSchedule> schedules, ArgumentBudget budget, CancellationToken stopping)
    {
        var before = schedules.Count;
        var isAhead = reader.FieldCount > ScheduleRow.Width + 2;
        while (await reader.ReadAsync(stopping))
        {
            var schedule = ScheduleRow.Read(reader) with { IsSetAside = reader.GetBoolean(ScheduleRow.Width), IsRetried = reader.GetBoolean(ScheduleRow.Width + 1) };
            budget.Take(schedule);
            schedules.Add(isAhead ? BackFromAhead(reader, schedule) : schedule);
        }

        return schedules.Count - before;
    }

    // A century, in seconds: what lies further ahead was written by hand.
    private const double LongestAhead = 3e9;

    private static DueSchedule BackFromAhead(NpgsqlDataReader reader, DueSchedule schedule) => schedule with
    {
        NextDue = null,
        Since = PgInstant.Clamp(PgInstant.Read(reader, ScheduleRow.Width + 3)),
        Ahead = TimeSpan.FromSeconds(Math.Min(reader.GetDouble(ScheduleRow.Width + 2), LongestAhead)),
    };

    /// <summary>Reads a row with the seconds until something is to be done; null when there is no row, or nothing to be done.</summary>
    internal static async Task<TimeSpan?> ReadWaitAsync(NpgsqlDataReader reader, CancellationToken stopping) =>
        await reader.ReadAsync(stopping) && !await reader.IsDBNullAsync(0, stopping) ? TimeSpan.FromSeconds(Math.Clamp(reader.GetDouble(0), 0, 86400)) : null;

    /// <summary>Instants as a parameter, to the microsecond and with both infinities.</summary>
    internal static NpgsqlParameter<long[]> Instants<TRow>(IReadOnlyList<TRow> rows, Func<TRow, long> column) =>
        new() { TypedValue = [.. rows.Select(column)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };

    /// <summary>One instant as a parameter.</summary>
    internal static NpgsqlParameter<long> Instant(long instant) => new() { TypedValue = instant, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    internal static NpgsqlParameter<T[]> Column<TRow, T>(IReadOnlyList<TRow> rows, Func<TRow, T> column) => new() { TypedValue = [.. rows.Select(column)] };

    /// <summary>The same where there may be none.</summary>
    internal static NpgsqlParameter<long?[]> OptionalInstants<TRow>(IReadOnlyList<TRow> rows, Func<TRow, long?> column) =>
        new() { TypedValue = [.. rows.Select(column)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };

    private static async Task ExecuteAsync(Here here, string sql, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(here.Sql(sql), here.Connection);
        await command.ExecuteNonQueryAsync(stopping);
    }
}
