using Npgsql;
using TaskRunner.Database;

namespace TaskRunner.Beat;

/// <summary>The statements on ticks that are rows already: which of them to look at again, and what became of them.</summary>
internal static class TickStore
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
            RETURNING tick.schedule_id, tick.nominal, tick.state, tick.check_at, due.queue AS asked_in, {IsForgotten} AS is_forgotten),
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
    /// of tasks, $4 states, $5 reasons, $6 whether sent again; $7 and $8 seconds until a sent and a buffered one are looked at.
    /// </summary>
    internal const string Mark = $"""
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
           SET task_id = settled.task_id,
               state = settled.state,
               reason = settled.reason,
               sent_at = CASE WHEN settled.state = 'sent' THEN now() ELSE tick.sent_at END,
               resent = least(tick.resent, 2147483646) + settled.again::int,
               check_at = CASE settled.state WHEN 'sent' THEN now() + make_interval(secs => $7) WHEN 'buffered' THEN now() + make_interval(secs => $8) END
          FROM (SELECT schedule_id, nominal, task_id, again, CASE WHEN is_crowded THEN 'skipped' ELSE state END AS state, CASE WHEN is_crowded THEN '{TickReason.Overlap}' ELSE reason END AS reason
                  FROM (SELECT *, (schedule_id, nominal) IN (SELECT schedule_id, nominal FROM crowded) AS is_crowded FROM given) AS judged) AS settled
         WHERE tick.schedule_id = settled.schedule_id AND tick.nominal = settled.nominal
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
        SELECT EXISTS (SELECT FROM taskrunner.ticks AS tick
                        WHERE namespace = {Installation.Here} AND check_at <= now() + interval '5 seconds' AND state = 'pending'
                          AND {NotAside})
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

    /// <summary>Whether any tick is to be enqueued, in whosever hands.</summary>
    public static async Task<bool> IsAnyPendingAsync(Here here, TickKey[] aside, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(here.Sql(AnyPending), here.Connection) { Parameters = { ClaimStore.Column(aside, key => key.Schedule), ClaimStore.Instants(aside, key => key.Nominal) } };
        return await command.ExecuteScalarAsync(stopping) is true;
    }

    /// <summary>Takes ticks that are to be enqueued or looked for.</summary>
    /// <param name="here">The connection.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="aside">Ticks that are left out.</param>
    /// <param name="options">How beat runs.</param>
    /// <param name="stopping">Ends the waiting.</param>
    public static Task<SweptTicks> SweepAsync(Here here, int most, TickKey[] aside, BeatOptions options, CancellationToken stopping) =>
        SweepAsync(here, Plan, aside.Length > 0 ? Sweep : SweepAll, most, aside, options, stopping);

    /// <summary>Takes such of these ticks as are to be enqueued or looked for.</summary>
    /// <param name="here">The connection.</param>
    /// <param name="ticks">The ticks.</param>
    /// <param name="options">How beat runs.</param>
    /// <param name="stopping">Ends the waiting.</param>
    public static Task<SweptTicks> SweepAsync(Here here, TickKey[] ticks, BeatOptions options, CancellationToken stopping) =>
        SweepAsync(here, ShortPlan, SweepKeys, ticks.Length, ticks, options, stopping);

    private static async Task<SweptTicks> SweepAsync(
        Here here, string plan, string sweep, int most, TickKey[] keys, BeatOptions options, CancellationToken stopping)
    {
        await using var batch = new NpgsqlBatch(here.Connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(here.Sql(plan)),
                new NpgsqlBatchCommand(here.Sql(sweep))
                {
                    Parameters =
                    {
                        ClaimStore.Column(keys, key => key.Schedule),
                        ClaimStore.Instants(keys, key => key.Nominal),
                        new() { Value = most },
                        new() { Value = options.HandOver.TotalSeconds },
                        new() { Value = options.ConfirmAfter.TotalSeconds },
                    },
                },
                new NpgsqlBatchCommand(here.Sql(Next)),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        await reader.NextResultAsync(stopping);
        var budget = new ArgumentBudget();
        var swept = new SweptTicks();
        while (await reader.ReadAsync(stopping))
        {
            swept.Now = PgInstant.Clamp(PgInstant.Read(reader, ScheduleRow.Width + 3));
            if (!reader.GetBoolean(ScheduleRow.Width + 7))
            {
                swept.Unmoved.Add(new TickKey(reader.GetGuid(ScheduleRow.Width + 4), PgInstant.Read(reader, ScheduleRow.Width)));
                continue;
            }

            swept.Moved++;
            if (reader.GetBoolean(ScheduleRow.Width + 2))
            {
                swept.Ticks.Add(Read(reader));
                budget.Take(swept.Ticks[^1].Schedule);
            }
            else if (reader.GetString(ScheduleRow.Width + 1) == TickState.Skipped)
            {
                swept.Removed++;
            }
        }

        await reader.NextResultAsync(stopping);
        swept.Next = await ClaimStore.ReadWaitAsync(reader, stopping);
        return swept;
    }

    private static Tick Read(NpgsqlDataReader row)
    {
        var nominal = PgInstant.Read(row, ScheduleRow.Width);
        var askedIn = row.IsDBNull(ScheduleRow.Width + 5) ? null : row.GetString(ScheduleRow.Width + 5);
        var isRemoved = row.GetBoolean(ScheduleRow.Width + 6);
        var schedule = isRemoved ? DueSchedule.Removed(row.GetGuid(ScheduleRow.Width + 4)) : ScheduleRow.Read(row);
        return new Tick(schedule, PgInstant.Clamp(nominal), row.GetString(ScheduleRow.Width + 1))
        {
            At = nominal,
            Queue = askedIn ?? schedule.Queue,
            MayBeKnown = askedIn is not null,
            IsRemoved = isRemoved,
            IsForgotten = row.GetBoolean(ScheduleRow.Width + 8),
        };
    }

    /// <summary>Finds ticks that a sweep would take, without reading more than their keys: the oldest and the newest.</summary>
    public static Task<IReadOnlyList<TickKey>> DueAsync(Here here, int most, TickKey[] aside, CancellationToken stopping) =>
        KeysAsync(here, Due, aside, Math.Max(1, most / 2), stopping);

    /// <summary>Reads keys by a statement whose parameters are schedules and nominal times of some ticks, and a number.</summary>
    public static async Task<IReadOnlyList<TickKey>> KeysAsync(
        Here here, string statement, TickKey[] ticks, int most, CancellationToken stopping)
    {
        await using var batch = Planned(here, statement, ticks, most);
        return await KeysAsync(batch, stopping);
    }

    /// <summary>
    /// A statement whose parameters are schedules and nominal times of some ticks, and a number, behind one that has rows looked up by
    /// their keys and limits the waits.
    /// </summary>
    public static NpgsqlBatch Planned(Here here, string statement, TickKey[] ticks, int most) => new(here.Connection)
    {
        BatchCommands =
        {
            new NpgsqlBatchCommand(here.Sql(ShortPlan)),
            new NpgsqlBatchCommand(here.Sql(statement))
            {
                Parameters =
                {
                    ClaimStore.Column(ticks, key => key.Schedule),
                    ClaimStore.Instants(ticks, key => key.Nominal),
                    new() { Value = most },
                },
            },
        },
    };

    private static async Task<IReadOnlyList<TickKey>> KeysAsync(NpgsqlBatch batch, CancellationToken stopping)
    {
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        await reader.NextResultAsync(stopping);
        var keys = new List<TickKey>();
        while (await reader.ReadAsync(stopping))
        {
            keys.Add(new TickKey(reader.GetGuid(0), PgInstant.Read(reader, 1)));
        }

        return keys;
    }

    /// <summary>Writes what became of ticks.</summary>
    /// <param name="here">The connection.</param>
    /// <param name="settled">The ticks.</param>
    /// <param name="onlyFree">Whether to pass over rows that somebody else holds.</param>
    /// <param name="options">How beat runs.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <returns>
    /// Those that were to be buffered and were skipped instead, because another one is; and those that the database passed over without an
    /// error.
    /// </returns>
    public static async Task<(HashSet<TickKey> Crowded, IReadOnlyList<TickKey> Dropped)> MarkAsync(
        Here here, IReadOnlyList<SettledTick> settled, bool onlyFree, BeatOptions options, CancellationToken stopping)
    {
        // Always in the same order, so that two beats that write the same ticks never wait for each other in a circle.
        var rows = settled.OrderBy(entry => entry.Tick.Schedule.Id).ThenBy(entry => entry.Tick.At).ToList();
        await using var batch = new NpgsqlBatch(here.Connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(here.Sql(Plan)),
                new NpgsqlBatchCommand(here.Sql(onlyFree ? MarkFree : Mark))
                {
                    Parameters =
                    {
                        ClaimStore.Column(rows, row => row.Tick.Schedule.Id),
                        ClaimStore.Instants(rows, row => row.Tick.At),
                        ClaimStore.Column(rows, row => row.Tick.Id),
                        ClaimStore.Column(rows, row => row.State),
                        ClaimStore.Column(rows, row => Sentence.Fit(row.Reason)),
                        ClaimStore.Column(rows, row => row.Outcome == TickOutcome.Resent),
                        new() { Value = options.ConfirmAfter.TotalSeconds },
                        new() { Value = options.HandOver.TotalSeconds },
                    },
                },
            },
        };
        var buffered = rows.Where(row => row.Outcome == TickOutcome.Buffered).Select(row => row.Tick.Key).ToHashSet();
        var crowded = new HashSet<TickKey>();
        var left = rows.Select(row => row.Tick.Key).ToHashSet();
        await using (var reader = await batch.ExecuteReaderAsync(stopping))
        {
            await reader.NextResultAsync(stopping);
            while (await reader.ReadAsync(stopping))
            {
                var key = new TickKey(reader.GetGuid(0), PgInstant.Read(reader, 1));
                left.Remove(key);
                if (reader.GetString(2) == TickState.Skipped && buffered.Contains(key))
                {
                    crowded.Add(key);
                }
            }
        }

        return (crowded, left.Count == 0 || onlyFree ? [] : await KeysAsync(here, Open, [.. left], left.Count, stopping));
    }

    /// <summary>The age of the oldest tick that is to be enqueued; zero when there is none.</summary>
    public static async Task<TimeSpan> LagAsync(Here here, TickKey[] aside, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(here.Sql(Lag), here.Connection) { Parameters = { ClaimStore.Column(aside, key => key.Schedule), ClaimStore.Instants(aside, key => key.Nominal) } };
        return TimeSpan.FromSeconds(Math.Max(0, (double)(await command.ExecuteScalarAsync(stopping))!));
    }

    /// <summary>Writes why the last ticks of schedules became no tasks, or that they did; those that somebody holds are left out.</summary>
    public static async Task<int> NoteProblemsAsync(
        Here here, IReadOnlyList<(Guid Id, string? Problem)> problems, CancellationToken stopping)
    {
        await using var batch = new NpgsqlBatch(here.Connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(here.Sql(Plan)),
                new NpgsqlBatchCommand(here.Sql(Problem))
                {
                    Parameters =
                    {
                        ClaimStore.Column(problems, entry => entry.Id),
                        ClaimStore.Column(problems, entry => Sentence.Fit(entry.Problem)),
                    },
                },
            },
        };
        return await batch.ExecuteNonQueryAsync(stopping);
    }
}
