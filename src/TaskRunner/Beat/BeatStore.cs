using System.Globalization;
using Npgsql;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>The statements of beat on the table <c>schedules</c>.</summary>
internal static class BeatStore
{
    // A beat that freezes while it holds rows must not stop their schedules: the server ends its transaction, another beat takes over.
    private const string Guard = "SELECT set_config('idle_in_transaction_session_timeout', $1, true)";

    private const string Claim = """
        SELECT id, name, cron, every_ms, timezone, task, queue, priority, arguments::text, catch_up, next_due
          FROM taskrunner.schedules
         WHERE enabled AND (next_due IS NULL OR next_due <= now())
         ORDER BY next_due NULLS FIRST
         LIMIT $1
           FOR UPDATE SKIP LOCKED
        """;

    // What is due already and was not claimed is in the hands of another beat.
    private const string Earliest = """
        SELECT extract(epoch FROM min(next_due) - clock_timestamp())::float8
          FROM taskrunner.schedules
         WHERE enabled AND next_due > now() AND isfinite(next_due)
        """;

    private const string Settle = """
        UPDATE taskrunner.schedules AS kept
           SET next_due = settled.next_due, last_due = coalesce(settled.last_due, kept.last_due), problem = settled.problem
          FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::text[]) AS settled (id, next_due, last_due, problem)
         WHERE kept.id = settled.id
        """;

    private const string Count = "SELECT count(*) FILTER (WHERE enabled), count(*) FILTER (WHERE NOT enabled) FROM taskrunner.schedules";

    /// <summary>Locks what is due until the transaction ends; tells the time of the database and the time until the next schedule is due.</summary>
    public static async Task<(DateTimeOffset Now, List<DueSchedule> Due, TimeSpan? Wait)> ClaimAsync(NpgsqlConnection connection, BeatOptions options, CancellationToken stopping)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(Guard) { Parameters = { new() { Value = options.LongestHold.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture) } } },
                new NpgsqlBatchCommand("SELECT now()"),
                new NpgsqlBatchCommand(Claim) { Parameters = { new() { Value = options.BatchSize } } },
                new NpgsqlBatchCommand(Earliest),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        await reader.NextResultAsync(stopping);
        await reader.ReadAsync(stopping);
        var now = await reader.GetFieldValueAsync<DateTimeOffset>(0, stopping);
        await reader.NextResultAsync(stopping);
        var due = new List<DueSchedule>();
        while (await reader.ReadAsync(stopping))
        {
            due.Add(Read(reader));
        }

        await reader.NextResultAsync(stopping);
        return (now, due, await ReadWaitAsync(reader, stopping));
    }

    /// <summary>Writes the next due times; tells the time until the next schedule is due.</summary>
    public static async Task<TimeSpan?> SettleAsync(NpgsqlConnection connection, List<TickPlan> plans, CancellationToken stopping)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(Settle)
                {
                    Parameters =
                    {
                        Column(plans, plan => plan.Schedule.Id),
                        Column(plans, plan => plan.NextDue?.ToUniversalTime() ?? DateTimeOffset.MaxValue),
                        Column(plans, plan => plan.Ticks.Count > 0 ? (DateTimeOffset?)plan.Ticks[^1].ToUniversalTime() : null),
                        Column(plans, plan => StorableText.Text(plan.Problem)),
                    },
                },
                new NpgsqlBatchCommand(Earliest),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        return await ReadWaitAsync(reader, stopping);
    }

    public static async Task<(int Enabled, int Paused)> CountAsync(NpgsqlConnection connection, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(Count, connection);
        await using var reader = await command.ExecuteReaderAsync(stopping);
        await reader.ReadAsync(stopping);
        return ((int)reader.GetInt64(0), (int)reader.GetInt64(1));
    }

    private static DueSchedule Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        Name = reader.GetString(1),
        Cron = reader.IsDBNull(2) ? null : reader.GetString(2),
        EveryMilliseconds = reader.IsDBNull(3) ? null : reader.GetInt64(3),
        Timezone = reader.GetString(4),
        Task = reader.GetString(5),
        Queue = reader.GetString(6),
        Priority = reader.GetInt16(7),
        Arguments = reader.GetString(8),
        CatchUp = CatchUpName.Parse(reader.GetString(9)),
        NextDue = reader.IsDBNull(10) ? null : reader.GetFieldValue<DateTimeOffset>(10),
    };

    private static async Task<TimeSpan?> ReadWaitAsync(NpgsqlDataReader reader, CancellationToken stopping) =>
        await reader.ReadAsync(stopping) && !await reader.IsDBNullAsync(0, stopping) ? TimeSpan.FromSeconds(Math.Clamp(reader.GetDouble(0), 0, 86400)) : null;

    private static NpgsqlParameter<T[]> Column<T>(List<TickPlan> plans, Func<TickPlan, T> column) => new() { TypedValue = [.. plans.Select(column)] };
}
