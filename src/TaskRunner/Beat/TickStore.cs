using Npgsql;
using TaskRunner.Database;

namespace TaskRunner.Beat;

/// <summary>The statements on ticks that are rows already: which of them to look at again, and what became of them.</summary>
internal static partial class TickStore
{
    /// <summary>Whether any tick is to be enqueued, in whosever hands.</summary>
    public static async Task<bool> IsAnyPendingAsync(Here here, TickKey[] aside, CancellationToken stopping)
    {
        await using var batch = OfPending(here, AnyPending, aside);
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        await reader.NextResultAsync(stopping);
        await reader.ReadAsync(stopping);
        return reader.GetBoolean(0);
    }

    // The settings hold until the end of the batch, which is a transaction of its own.
    private static NpgsqlBatch OfPending(Here here, string statement, TickKey[] aside)
    {
        var asked = new NpgsqlBatchCommand(here.Sql(statement))
        {
            Parameters = { ClaimStore.Column(aside, key => key.Schedule), ClaimStore.Instants(aside, key => key.Nominal) },
        };
        return new NpgsqlBatch(here.Connection) { BatchCommands = { new NpgsqlBatchCommand(RowByRow.Plan), asked } };
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
        var buffered = rows.Where(row => row.Outcome == TickOutcome.Buffered).Select(row => row.Tick.Key).ToHashSet();
        await using var batch = new NpgsqlBatch(here.Connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(here.Sql(Plan)),
                new NpgsqlBatchCommand(here.Sql(onlyFree ? MarkFree : buffered.Count > 0 ? MarkBuffered : Mark))
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
                        ClaimStore.Instant(rows.Min(row => row.Tick.At)),
                        ClaimStore.Instant(rows.Max(row => row.Tick.At)),
                    },
                },
            },
        };
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
        await using var batch = OfPending(here, Lag, aside);
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        await reader.NextResultAsync(stopping);
        await reader.ReadAsync(stopping);
        return TimeSpan.FromSeconds(Math.Max(0, reader.GetDouble(0)));
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
