using System.Globalization;
using Npgsql;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>The statements of a claim: due schedules are locked, their ticks are written, and they move on, in one transaction.</summary>
internal static class ClaimStore
{
    // A beat that freezes while it holds rows must not stop their schedules: the server ends its transaction, another beat takes over.
    private const string Guard = "SELECT set_config('idle_in_transaction_session_timeout', $1, true)";

    // So that 100,000 new schedules make no tick late.
    private const int MostFresh = 250;

    /// <summary>When a schedule is due; those that are not known yet come first. It is the expression of the index.</summary>
    internal const string DueAt = "coalesce(next_due, '-infinity')";

    /// <summary>Schedules whose time has come, the one that is latest first. $1 how many at most.</summary>
    internal const string Due = $"""
        SELECT {ScheduleRow.Columns}
          FROM taskrunner.schedules AS schedule
         WHERE schedule.enabled AND {DueAt} > '-infinity' AND {DueAt} <= now()
         ORDER BY {DueAt}
         LIMIT $1
           FOR UPDATE SKIP LOCKED
        """;

    /// <summary>Schedules that were just made or edited and have no due time yet. $1 how many at most.</summary>
    internal const string Fresh = $"""
        SELECT {ScheduleRow.Columns}
          FROM taskrunner.schedules AS schedule
         WHERE schedule.enabled AND {DueAt} = '-infinity'
         LIMIT $1
           FOR UPDATE SKIP LOCKED
        """;

    /// <summary>Seconds until the next schedule is due.</summary>
    // What is due already and was not claimed is in the hands of another beat.
    internal const string Earliest = $"""
        SELECT CASE WHEN isfinite(next_due) THEN extract(epoch FROM next_due - clock_timestamp())::float8 END
          FROM taskrunner.schedules
         WHERE enabled AND {DueAt} > now()
         ORDER BY {DueAt}
         LIMIT 1
        """;

    internal const string Move = """
        UPDATE taskrunner.schedules AS schedule
           SET next_due = plan.next_due, last_due = coalesce(plan.last_due, schedule.last_due), problem = plan.problem
          FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::text[]) AS plan (id, next_due, last_due, problem)
         WHERE schedule.id = plan.id
        """;

    // A tick that is there already was asked for by hand at that very instant: it runs once.
    private const string Write = """
        INSERT INTO taskrunner.ticks (schedule_id, nominal, task_id, state, reason, missed_count, missed_since, check_at)
        SELECT schedule_id, nominal, task_id, state, reason, missed_count, missed_since, CASE WHEN state = 'pending' THEN now() + make_interval(secs => $8) END
          FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::timestamptz[])
               AS tick (schedule_id, nominal, task_id, state, reason, missed_count, missed_since)
        ON CONFLICT DO NOTHING
        """;

    private const string Problem = "UPDATE taskrunner.schedules SET problem = $2 WHERE id = $1";

    /// <summary>Locks what is due until the transaction ends.</summary>
    /// <returns>The time of the database, the schedules, whether there may be more of them, and the time until the next one is due; null when none is in sight.</returns>
    public static async Task<(DateTimeOffset Now, List<DueSchedule> Due, bool IsMore, TimeSpan? Wait)> ClaimAsync(NpgsqlConnection connection, BeatOptions options, CancellationToken stopping)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(Guard) { Parameters = { new() { Value = options.LongestHold.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture) } } },
                new NpgsqlBatchCommand(RowByRow.Plan),
                new NpgsqlBatchCommand("SELECT now()"),
                new NpgsqlBatchCommand(Due) { Parameters = { new() { Value = options.BatchSize } } },
                new NpgsqlBatchCommand(Fresh) { Parameters = { new() { Value = MostFresh } } },
                new NpgsqlBatchCommand(Earliest),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        await reader.NextResultAsync(stopping);
        await reader.NextResultAsync(stopping);
        await reader.ReadAsync(stopping);
        var now = await reader.GetFieldValueAsync<DateTimeOffset>(0, stopping);
        var schedules = new List<DueSchedule>();
        var isMore = await ReadSchedulesAsync(reader, schedules, stopping) == options.BatchSize;
        isMore |= await ReadSchedulesAsync(reader, schedules, stopping) == MostFresh;
        await reader.NextResultAsync(stopping);
        return (now, schedules, isMore, await ReadWaitAsync(reader, stopping));
    }

    /// <summary>Writes the ticks and the next due times; tells the time until the next schedule is due.</summary>
    /// <param name="connection">The connection that holds the locks.</param>
    /// <param name="plans">What to do with each schedule.</param>
    /// <param name="handOver">After this time another beat may enqueue the ticks.</param>
    /// <param name="stopping">Ends the waiting.</param>
    public static async Task<TimeSpan?> WriteAsync(NpgsqlConnection connection, IReadOnlyList<TickPlan> plans, TimeSpan handOver, CancellationToken stopping)
    {
        await using var batch = new NpgsqlBatch(connection);
        var ticks = plans.SelectMany(TickRow.Of).ToList();
        if (ticks.Count > 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(Write)
            {
                Parameters =
                {
                    Column(ticks, tick => tick.Schedule),
                    Column(ticks, tick => tick.Nominal),
                    Column(ticks, tick => tick.Id),
                    Column(ticks, tick => tick.State),
                    Column(ticks, tick => tick.Reason),
                    Column(ticks, tick => tick.MissedCount),
                    Column(ticks, tick => tick.MissedSince),
                    new() { Value = handOver.TotalSeconds },
                },
            });
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand(Move)
        {
            Parameters =
            {
                Column(plans, plan => plan.Schedule.Id),
                Column(plans, plan => plan.NextDue?.ToUniversalTime() ?? DateTimeOffset.MaxValue),
                Column(plans, plan => plan.Ticks.Count > 0 ? (DateTimeOffset?)plan.Ticks[^1].ToUniversalTime() : null),
                Column(plans, plan => StorableText.Text(plan.Problem)),
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Earliest));
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        return await ReadWaitAsync(reader, stopping);
    }

    /// <summary>Writes why the last tick of a schedule did not become a task; the next tick takes it back.</summary>
    public static async Task<int> NoteProblemAsync(NpgsqlConnection connection, Guid schedule, string problem, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(Problem, connection) { Parameters = { new() { Value = schedule }, new() { Value = problem } } };
        return await command.ExecuteNonQueryAsync(stopping);
    }

    private static async Task<int> ReadSchedulesAsync(NpgsqlDataReader reader, List<DueSchedule> schedules, CancellationToken stopping)
    {
        var before = schedules.Count;
        await reader.NextResultAsync(stopping);
        while (await reader.ReadAsync(stopping))
        {
            schedules.Add(ScheduleRow.Read(reader));
        }

        return schedules.Count - before;
    }

    /// <summary>Reads a row with the seconds until something is to be done; null when there is no row, or nothing to be done.</summary>
    internal static async Task<TimeSpan?> ReadWaitAsync(NpgsqlDataReader reader, CancellationToken stopping) =>
        await reader.ReadAsync(stopping) && !await reader.IsDBNullAsync(0, stopping) ? TimeSpan.FromSeconds(Math.Clamp(reader.GetDouble(0), 0, 86400)) : null;

    private static NpgsqlParameter<T[]> Column<TRow, T>(IReadOnlyList<TRow> rows, Func<TRow, T> column) => new() { TypedValue = [.. rows.Select(column)] };

    /// <summary>A row of <c>ticks</c> as a claim writes it.</summary>
    private sealed record TickRow(Guid Schedule, DateTimeOffset Nominal, Guid? Id, string State, string? Reason, int MissedCount, DateTimeOffset? MissedSince)
    {
        public static IEnumerable<TickRow> Of(TickPlan plan) =>
        [
            .. plan.Skipped.Select(tick => Row(plan, tick.Nominal, TickState.Skipped, tick.Reason)),
            .. plan.Ticks.Select(tick => Row(plan, tick, TickState.Pending, null)),
        ];

        private static TickRow Row(TickPlan plan, DateTimeOffset nominal, string state, string? reason)
        {
            var tells = nominal == plan.MissedIn;
            return new(
                plan.Schedule.Id,
                nominal.ToUniversalTime(),
                state == TickState.Pending ? TickId.Of(plan.Schedule.Id, nominal) : null,
                state,
                reason,
                tells ? plan.MissedCount : 0,
                tells ? plan.MissedSince?.ToUniversalTime() : null);
        }
    }
}
