using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using TaskRunner.Database;

namespace TaskRunner.Beat;

/// <summary>The statements of a claim: due schedules are locked, their ticks are written, and they move on, in one transaction.</summary>
internal static class ClaimStore
{
    // A beat that freezes while it holds rows must not stop their schedules: the server ends its transaction, another beat takes over. Somebody's lock ends a
    // claim soon. Constraints that could wait for the commit speak at their statement, where the row is known.
    private const string Guard = "SELECT set_config('idle_in_transaction_session_timeout', $1, true), set_config('lock_timeout', '2s', true)";

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

    private const string IsToBeTried = "(retry_at <= now() OR retry_at > now() + interval '10 minutes')";

    private const string Select = $"SELECT {ScheduleRow.Columns}, aside_id IS NOT NULL, false FROM {Enabled} AND {Free}";

    private const string IsOnTime = $"AND {DueAt} > now() - interval '5 seconds' AND {DueAt} <= now()";

    private const string IsLate = $"AND {DueAt} > '-infinity' AND {DueAt} <= now() - interval '5 seconds'";

    private const string IsFresh = $"AND {DueAt} = '-infinity'";

    private const string Lock = "LIMIT $1 FOR UPDATE OF schedule SKIP LOCKED";

    /// <summary>Schedules whose time has just come, the one that is latest first: whatever else waits, they do not. $1 how many at most.</summary>
    internal const string OnTime = $"{Select} {IsOnTime} ORDER BY {DueAt} {Lock}";

    /// <summary>Schedules that have missed ticks, the one that is latest first. $1 how many at most.</summary>
    internal const string Late = $"{Select} {IsLate} ORDER BY {DueAt} {Lock}";

    /// <summary>Schedules that were just made or edited and have no due time yet. $1 how many at most.</summary>
    internal const string Fresh = $"{Select} {IsFresh} {Lock}";

    /// <summary>Schedules that were refused and are to be tried again, the one that waits longest first. $1 how many at most.</summary>
    // An inner join, so that the plan starts from the few that are set aside and finds their schedules by key.
    internal const string Again = $"""
        SELECT {ScheduleRow.Columns}, true, true
          FROM {Aside} JOIN taskrunner.schedules AS schedule ON schedule.id = aside_id
         WHERE schedule.namespace = {Installation.Here} AND schedule.enabled AND NOT {Free} AND {IsToBeTried} AND {DueAt} <= now()
         ORDER BY retry_at {Lock}
        """;

    /// <summary>
    /// Schedules whose next time was found by a clock that was ahead of now, with the instant from which they count: after their last tick that is not ahead. Only
    /// where such were counted, as it reads the whole table. $1 how many at most.
    /// </summary>
    internal const string Ahead = $"""
        SELECT {ScheduleRow.Columns}, aside_id IS NOT NULL, NOT {Free}, CASE WHEN isfinite(planned_at) THEN extract(epoch FROM planned_at - now())::float8 ELSE 0 END,
               greatest(least(since, now()), (SELECT max(nominal) FROM taskrunner.ticks WHERE schedule_id = schedule.id AND nominal <= now()))
          FROM {Enabled} AND ({Free} OR {IsToBeTried}) AND {IsPlannedAhead} AND {DueAt} > now() {Lock}
        """;

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
        INSERT INTO taskrunner.set_aside AS kept (schedule_id, problem, edited_at, retry_at)
        SELECT given.id, given.problem, schedule.updated_at, now() + make_interval(secs => $3)
          FROM given JOIN taskrunner.schedules AS schedule ON schedule.id = given.id
        ON CONFLICT (schedule_id) DO UPDATE
           SET problem = excluded.problem, edited_at = excluded.edited_at, tries = least(kept.tries, 1000) + 1,
               retry_at = now() + least(make_interval(secs => $3) * power(2, least(kept.tries, 10)), interval '1 minute')
        RETURNING schedule_id, problem IS DISTINCT FROM (SELECT problem FROM before WHERE before.schedule_id = kept.schedule_id)
        """;

    private const string TakeBack = "DELETE FROM taskrunner.set_aside WHERE schedule_id = ANY ($1)";

    /// <summary>Locks what is due until the transaction ends.</summary>
    /// <param name="here">A connection in a transaction.</param>
    /// <param name="lanes">How many schedules of each kind to take at most.</param>
    /// <param name="options">How beat runs.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <returns>The time of the database, the schedules, whether there may be more of them, and the time until the next one is due; null when none is in sight.</returns>
    public static async Task<Claim> ClaimAsync(Here here, ClaimLanes lanes, BeatOptions options, CancellationToken stopping)
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
            },
        };
        foreach (var (statement, most) in lanes.Statements)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(here.Sql(statement)) { Parameters = { new() { Value = most } } });
        }

        // Statements without rows, such as SET CONSTRAINTS, are no results to the reader.
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        await reader.NextResultAsync(stopping);
        await reader.NextResultAsync(stopping);
        await reader.ReadAsync(stopping);
        var now = PgInstant.Clamp(PgInstant.Read(reader, 0));
        await reader.NextResultAsync(stopping);
        var wait = await ReadWaitAsync(reader, stopping);
        var schedules = new List<DueSchedule>();
        var isMore = false;
        foreach (var (_, most) in lanes.Statements)
        {
            isMore |= await ReadSchedulesAsync(reader, schedules, stopping) == most;
        }

        return new Claim(now, schedules, isMore, wait);
    }

    /// <summary>Writes the ticks of some schedules and their next due times behind a savepoint.</summary>
    /// <param name="here">The connection that holds the locks.</param>
    /// <param name="plans">What to do with each schedule.</param>
    /// <param name="handOver">After this time another beat may enqueue the ticks.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <returns>The ids of the tasks whose ticks were not there before, and the time until the next schedule is due.</returns>
    /// <exception cref="PostgresException">The database refuses a row of them; <see cref="UndoAsync"/> takes back what this call did.</exception>
    /// <exception cref="SilentRefusalException">The database passed over a row of them without a word; the same.</exception>
    public static async Task<(List<Guid> Inserted, TimeSpan? Wait)> WriteAsync(Here here, IReadOnlyList<TickPlan> plans, TimeSpan handOver, CancellationToken stopping)
    {
        await using var batch = new NpgsqlBatch(here.Connection) { BatchCommands = { new NpgsqlBatchCommand(here.Sql(Savepoint)) } };
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

    /// <summary>Finds the schedule that a claim of one would take, without reading it.</summary>
    public static async Task<(Guid Id, string Name)?> HeadAsync(Here here, ClaimLanes lane, CancellationToken stopping)
    {
        var where = lane switch
        {
            { OnTime: > 0 } => $"AND {Free} {IsOnTime} ORDER BY {DueAt}",
            { Late: > 0 } => $"AND {Free} {IsLate} ORDER BY {DueAt}",
            { Fresh: > 0 } => $"AND {Free} {IsFresh}",
            { Again: > 0 } => $"AND NOT {Free} AND {IsToBeTried} AND {DueAt} <= now() ORDER BY retry_at",
            _ => $"AND ({Free} OR {IsToBeTried}) AND {IsPlannedAhead} AND {DueAt} > now()",
        };
        await using var batch = new NpgsqlBatch(here.Connection)
        {
            BatchCommands = { new NpgsqlBatchCommand(here.Sql(RowByRow.Plan)), new NpgsqlBatchCommand(here.Sql($"SELECT id, name FROM {Enabled} {where} LIMIT 1")) },
        };
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        await reader.NextResultAsync(stopping);
        return await reader.ReadAsync(stopping) ? (reader.GetGuid(0), await reader.IsDBNullAsync(1, stopping) ? "" : reader.GetString(1)) : null;
    }

    private static async Task<int> ReadSchedulesAsync(NpgsqlDataReader reader, List<DueSchedule> schedules, CancellationToken stopping)
    {
        var before = schedules.Count;
        await reader.NextResultAsync(stopping);
        var isAhead = reader.FieldCount > ScheduleRow.Width + 2;
        while (await reader.ReadAsync(stopping))
        {
            var schedule = ScheduleRow.Read(reader) with { IsSetAside = reader.GetBoolean(ScheduleRow.Width), IsRetried = reader.GetBoolean(ScheduleRow.Width + 1) };
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
