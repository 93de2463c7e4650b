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

    /// <summary>
    /// Takes ticks whose time to be looked at has come, by moving that time on, so that no lock is held while the broker is asked. Those with a final
    /// result are done. $1 how many at most, $2 seconds until another beat may try a pending one, $3 shortest time in seconds until a sent one is
    /// looked at again; that time doubles. $4 and $5 schedules and nominal times of ticks that are set aside. One that says that it was sent later than now was
    /// written while the clock was ahead, or by hand.
    /// </summary>
    internal const string Sweep = $"""
        WITH due AS MATERIALIZED (
            SELECT schedule_id, nominal, task_id, queue
              FROM taskrunner.ticks AS tick
             WHERE tick.namespace = {Installation.Here} AND check_at <= now()
               AND NOT EXISTS (SELECT FROM unnest($4::uuid[], $5::timestamptz[]) AS aside (schedule_id, nominal) WHERE aside.schedule_id = tick.schedule_id AND aside.nominal = tick.nominal)
             ORDER BY check_at
             LIMIT $1
               FOR UPDATE OF tick SKIP LOCKED),
        moved AS (
            UPDATE taskrunner.ticks AS tick
               SET namespace = coalesce(schedule.namespace, tick.namespace), queue = coalesce(tick.queue, schedule.queue),
                   state = CASE WHEN final.task_id IS NOT NULL THEN 'ran' WHEN {IsGone} THEN 'skipped' ELSE tick.state END,
                   reason = CASE WHEN final.task_id IS NULL AND {IsGone} THEN '{TickReason.Removed}' ELSE tick.reason END,
                   outcome = final.state, started_at = final.started_at, finished_at = final.finished_at,
                   check_at = CASE WHEN final.task_id IS NOT NULL OR {IsGone} THEN NULL
                                   WHEN tick.state <> 'sent' THEN now() + make_interval(secs => $2)
                                   WHEN tick.sent_at IS NULL OR tick.sent_at <= now() - {LongestDoubt} THEN NULL
                                   WHEN tick.sent_at >= now() THEN now() + make_interval(secs => $3)
                                   ELSE least(now() + greatest(make_interval(secs => $3), now() - tick.sent_at), tick.sent_at + {LongestDoubt}) END,
                   sent_at = CASE WHEN tick.sent_at > now() THEN now() ELSE tick.sent_at END
              FROM due
              LEFT JOIN taskrunner.schedules AS schedule ON schedule.id = due.schedule_id
              LEFT JOIN taskrunner.results AS final ON final.task_id = due.task_id AND final.state NOT IN ('waiting', 'delayed', 'running', 'retrying')
             WHERE tick.schedule_id = due.schedule_id AND tick.nominal = due.nominal
            RETURNING tick.schedule_id, tick.nominal, tick.state, tick.check_at, due.queue AS asked_in)
        SELECT {ScheduleRow.Columns}, moved.nominal, moved.state, moved.check_at IS NOT NULL AND (schedule.namespace = {Installation.Here} OR schedule.id IS NULL AND moved.state <> 'sent'), now(),
               moved.schedule_id, moved.asked_in, schedule.id IS NULL
          FROM moved LEFT JOIN taskrunner.schedules AS schedule ON schedule.id = moved.schedule_id
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

    // After an outage of the broker: what it was given last is what it may have lost. Older ones are looked at in their turn. The last condition follows from
    // the others, as the time to the next look is no longer than the time since sending; it keeps the scan of the index short.
    internal const string Doubt = $"""
        UPDATE taskrunner.ticks SET check_at = now()
         WHERE namespace = {Installation.Here} AND check_at > now() AND state = 'sent' AND sent_at > now() - interval '10 minutes' AND check_at < now() + interval '11 minutes'
        """;

    internal const string AnyPending = $"""
        SELECT EXISTS (SELECT FROM taskrunner.ticks AS tick WHERE namespace = {Installation.Here} AND check_at <= now() + interval '5 seconds' AND state = 'pending' {NotAside})
        """;

    internal const string Lag = $"""
        SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8
          FROM taskrunner.ticks AS tick
         WHERE namespace = {Installation.Here} AND check_at <= now() + interval '1 second' AND state = 'pending' AND isfinite(created_at) {NotAside}
        """;

    private const string Head = $"SELECT schedule_id, nominal FROM taskrunner.ticks AS tick WHERE namespace = {Installation.Here} AND check_at <= now() {NotAside} ORDER BY check_at LIMIT 1";

    private const string NotAside =
        "AND NOT EXISTS (SELECT FROM unnest($1::uuid[], $2::timestamptz[]) AS aside (schedule_id, nominal) WHERE aside.schedule_id = tick.schedule_id AND aside.nominal = tick.nominal)";

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
    /// <returns>The time of the database, the ticks, how many were looked at, and the time until the next one is to be; null when none is.</returns>
    public static async Task<(DateTimeOffset Now, List<Tick> Ticks, int Seen, int Removed, TimeSpan? Next)> SweepAsync(
        Here here, int most, TickKey[] aside, BeatOptions options, CancellationToken stopping)
    {
        await using var batch = new NpgsqlBatch(here.Connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(here.Sql(RowByRow.Plan)),
                new NpgsqlBatchCommand(here.Sql(Sweep))
                {
                    Parameters =
                    {
                        new() { Value = most },
                        new() { Value = options.HandOver.TotalSeconds },
                        new() { Value = options.ConfirmAfter.TotalSeconds },
                        ClaimStore.Column(aside, key => key.Schedule),
                        ClaimStore.Instants(aside, key => key.Nominal),
                    },
                },
                new NpgsqlBatchCommand(here.Sql(Next)),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        await reader.NextResultAsync(stopping);
        var budget = new ArgumentBudget();
        var (now, ticks, seen, removed) = (DateTimeOffset.MinValue, new List<Tick>(), 0, 0);
        while (await reader.ReadAsync(stopping))
        {
            seen++;
            now = PgInstant.Clamp(PgInstant.Read(reader, ScheduleRow.Width + 3));
            if (reader.GetBoolean(ScheduleRow.Width + 2))
            {
                ticks.Add(Read(reader));
                budget.Take(ticks[^1].Schedule);
            }
            else if (reader.GetString(ScheduleRow.Width + 1) == TickState.Skipped)
            {
                removed++;
            }
        }

        await reader.NextResultAsync(stopping);
        var next = await ClaimStore.ReadWaitAsync(reader, stopping);

        // Of two ticks of one schedule the earlier one comes first, for the sake of overlap.
        ticks.Sort((one, other) => one.At.CompareTo(other.At));
        return (now, ticks, seen, removed, next);
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
        };
    }

    /// <summary>Finds the tick that a sweep of one would take.</summary>
    public static async Task<TickKey?> HeadAsync(Here here, TickKey[] aside, CancellationToken stopping)
    {
        await using var batch = new NpgsqlBatch(here.Connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(here.Sql(RowByRow.Plan)),
                new NpgsqlBatchCommand(here.Sql(Head)) { Parameters = { ClaimStore.Column(aside, key => key.Schedule), ClaimStore.Instants(aside, key => key.Nominal) } },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        await reader.NextResultAsync(stopping);
        return await reader.ReadAsync(stopping) ? new TickKey(reader.GetGuid(0), PgInstant.Read(reader, 1)) : null;
    }

    /// <summary>Writes what became of ticks.</summary>
    /// <param name="here">The connection.</param>
    /// <param name="settled">The ticks.</param>
    /// <param name="onlyFree">Whether to pass over rows that somebody else holds.</param>
    /// <param name="options">How beat runs.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <returns>Those that were to be buffered and were skipped instead, because another one is.</returns>
    public static async Task<HashSet<Guid>> MarkAsync(Here here, IReadOnlyList<SettledTick> settled, bool onlyFree, BeatOptions options, CancellationToken stopping)
    {
        // Always in the same order, so that two beats that write the same ticks never wait for each other in a circle.
        var rows = settled.OrderBy(entry => entry.Tick.Schedule.Id).ThenBy(entry => entry.Tick.At).ToList();
        await using var batch = new NpgsqlBatch(here.Connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(here.Sql(RowByRow.Plan)),
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
        var buffered = rows.Where(row => row.Outcome == TickOutcome.Buffered).Select(row => row.Tick.Id).ToHashSet();
        var skipped = new HashSet<Guid>();
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        await reader.NextResultAsync(stopping);
        while (await reader.ReadAsync(stopping))
        {
            var id = TickId.Of(reader.GetGuid(0), PgInstant.Clamp(PgInstant.Read(reader, 1)));
            if (reader.GetString(2) == TickState.Skipped && buffered.Contains(id))
            {
                skipped.Add(id);
            }
        }

        return skipped;
    }

    /// <summary>Has the ticks that were sent of late looked for at once.</summary>
    public static async Task<int> DoubtAsync(Here here, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(here.Sql(Doubt), here.Connection);
        return await command.ExecuteNonQueryAsync(stopping);
    }

    /// <summary>The age of the oldest tick that is to be enqueued; zero when there is none.</summary>
    public static async Task<TimeSpan> LagAsync(Here here, TickKey[] aside, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(here.Sql(Lag), here.Connection) { Parameters = { ClaimStore.Column(aside, key => key.Schedule), ClaimStore.Instants(aside, key => key.Nominal) } };
        return TimeSpan.FromSeconds(Math.Max(0, (double)(await command.ExecuteScalarAsync(stopping))!));
    }
}
