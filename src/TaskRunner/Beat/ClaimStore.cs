using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using TaskRunner.Database;

namespace TaskRunner.Beat;

/// <summary>The statements of a claim: due schedules are locked, their ticks are written, and they move on, in one transaction.</summary>
internal static partial class ClaimStore
{
    /// <summary>Locks what is due until the transaction ends.</summary>
    /// <param name="here">A connection in a transaction.</param>
    /// <param name="lanes">How many schedules of each kind to take at most.</param>
    /// <param name="walk">
    /// Where to begin. It moves to where the next claim begins, and notes the schedule that a claim of one takes.
    /// </param>
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
                new NpgsqlBatchCommand(here.Sql(Immediate)),
                new NpgsqlBatchCommand(here.Sql(walk.IsPaged ? OutlookAside : Outlook)),
            },
        };
        if (lanes.Again > 0)
        {
            foreach (var tidy in new[] { BringBack, ForgetRemoved, PutOff })
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand(here.Sql(tidy)));
            }
        }

        var isPaged = walk.IsPaged || lanes.IsOne;
        foreach (var (lane, most) in walk.Taken(lanes))
        {
            var all = isPaged ? null : AllOf(lane);
            Add(batch, here, all ?? (lanes.IsOne ? $"SELECT schedule.id, left(name, 200) {RowsOf(lane)}" : StatementOf(lane)), most, all is null ? walk.Of(lane) : null);
            if (isPaged && PageEndOf(lane) is { } end)
            {
                Add(batch, here, end, 1, walk.Of(lane));
            }
        }

        // Of what is not written nothing waits at the commit.
        if (lanes.Again > 0 && !lanes.IsOne)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(here.Sql(Unhurried)));
        }

        return await ReadClaimAsync(here, batch, lanes, walk, isPaged, stopping);
    }

    private static async Task<Claim> ReadClaimAsync(
        Here here, NpgsqlBatch batch, ClaimLanes lanes, ClaimWalk walk, bool isPaged, CancellationToken stopping)
    {
        // Statements without rows, such as SET CONSTRAINTS, are no results to the reader.
        var schedules = new List<DueSchedule>();
        Claim claim;
        await using (var reader = await batch.ExecuteReaderAsync(stopping))
        {
            await reader.ReadAsync(stopping);
            var now = PgInstant.Read(reader, 0);
            await reader.NextResultAsync(stopping);
            var wait = await ReadWaitAsync(reader, stopping);
            var taken = walk.Taken(lanes);
            var other = reader.GetBoolean(2);
            claim = new Claim(PgInstant.Clamp(now), schedules, IsMore: false, wait) { IsAnyAgain = walk.IsPaged && other, IsBehind = walk.LeavesOut(lanes) && other };
            claim = claim with { IsStale = !isPaged && reader.GetBoolean(1) };
            walk.Look(isAnyAside: reader.GetBoolean(1), isBehind: walk.IsPaged || other || claim.IsStale);
            var budget = new ArgumentBudget();
            foreach (var (lane, most) in taken)
            {
                await reader.NextResultAsync(stopping);
                var read = lanes.IsOne
                    ? await ReadHeadAsync(reader, walk, stopping)
                    : await ReadSchedulesAsync(reader, schedules, budget, stopping);
                var isFull = read == most;
                claim = claim with { IsMore = claim.IsMore | isFull };
                if (PageEndOf(lane) is not null)
                {
                    var hasEnd = isPaged && await reader.NextResultAsync(stopping) && await reader.ReadAsync(stopping);
                    var end = hasEnd ? (PgInstant.Read(reader, 0), reader.GetGuid(1)) : default((long, Guid)?);
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

    private static async Task ReadOneAsync(
        Here here, ClaimLanes lanes, Guid schedule, List<DueSchedule> schedules, CancellationToken stopping)
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

    private static string? AllOf(ClaimKind kind) => kind switch
    {
        ClaimKind.OnTime => AllOnTime,
        ClaimKind.Late => AllLate,
        ClaimKind.Fresh => AllFresh,
        _ => null,
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

    /// <summary>Writes the ticks of some schedules and their next due times.</summary>
    /// <param name="here">The connection that holds the locks.</param>
    /// <param name="plans">What to do with each schedule.</param>
    /// <param name="hasSavepoint">Whether what is refused can be taken back by itself; that costs the database more.</param>
    /// <param name="isPiece">Whether others wait for it, so that it has less time.</param>
    /// <param name="handOver">After this time another beat may enqueue the ticks.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <returns>The ids of the tasks whose ticks were not there before.</returns>
    /// <exception cref="PostgresException">The database refuses a row of them; with a savepoint <see cref="UndoAsync"/> takes back what this call did.</exception>
    /// <exception cref="SilentRefusalException">The database passed over a row of them without a word; the same.</exception>
    public static async Task<List<Guid>> WriteAsync(
        Here here, IReadOnlyList<TickPlan> plans, bool hasSavepoint, bool isPiece, TimeSpan handOver, CancellationToken stopping)
    {
        await using var batch = new NpgsqlBatch(here.Connection);
        if (hasSavepoint)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(here.Sql(Savepoint)));
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand(here.Sql(isPiece ? HurriedMore : hasSavepoint ? Hurried : HurriedOnce)));

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
        batch.BatchCommands.Add(new NpgsqlBatchCommand(here.Sql(Unhurried)));
        var inserted = await ReadWrittenAsync(batch, stopping);
        if (move.Rows < (ulong)plans.Count)
        {
            throw new SilentRefusalException("a trigger or a policy of the database keeps it from moving on");
        }

        if (write?.Rows < (ulong)ticks.Count && await IsAnyAbsentAsync(here, ticks, stopping))
        {
            throw new SilentRefusalException("a trigger or a rule of the database drops its ticks");
        }

        return inserted;
    }

    private static async Task<bool> IsAnyAbsentAsync(Here here, IReadOnlyList<PlannedTick> ticks, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(here.Sql(Absent), here.Connection) { Parameters = { Column(ticks, tick => tick.Schedule), Instants(ticks, tick => PgInstant.Of(tick.Nominal)) } };
        return await command.ExecuteScalarAsync(stopping) is true;
    }

    private static async Task<List<Guid>> ReadWrittenAsync(NpgsqlBatch batch, CancellationToken stopping)
    {
        var inserted = new List<Guid>();
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        while (await reader.ReadAsync(stopping))
        {
            if (!await reader.IsDBNullAsync(0, stopping))
            {
                inserted.Add(reader.GetGuid(0));
            }
        }

        // What the statements behind it raise.
        while (await reader.NextResultAsync(stopping))
        {
            // They have no rows.
        }

        return inserted;
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
                new NpgsqlBatchCommand(here.Sql(Unhurried)),
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

    private static async Task<int> ReadSchedulesAsync(
        NpgsqlDataReader reader, List<DueSchedule> schedules, ArgumentBudget budget, CancellationToken stopping)
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
