using Npgsql;
using TaskRunner.Broker;
using TaskRunner.Database;

namespace TaskRunner.Beat;

/// <summary>The columns of <c>schedules</c> that say what a schedule is, in one order for reading and writing.</summary>
internal static class ScheduleColumns
{
    public const string Names = """
        cron, every_ms, once_at, anchor_at, timezone, starts_at, ends_at, jitter_ms, dst_gap, dst_overlap, day_match,
        task, queue, priority, arguments, catch_up, catch_up_window_ms, catch_up_limit, overlap, expires_ms, description
        """;

    // The text has a space after each comma and colon, which a message has not: twice a message is more than those that fit in one can
    // have. What is stored may be compressed, to a 255th at best: what is small needs no second look, and what is large even so is not
    // expanded.
    private const string Arguments = $"""
        CASE WHEN pg_column_size(arguments) <= {Installation.LargestMessage} / 256
               OR pg_column_size(arguments) <= 4 * {Installation.LargestMessage} AND octet_length(arguments::text) <= 2 * {Installation.LargestMessage}
             THEN arguments::text END
        """;

    /// <summary>
    /// The same for reading: arguments as text, or null where they are larger than a message may be, and only the beginning of other texts.
    /// No row takes longer than a moment, or more memory than a few messages, even where somebody has dropped the constraints.
    /// </summary>
    public const string Selected = $"""
        left(cron, 2000), every_ms, once_at, anchor_at, left(timezone, 2000), starts_at, ends_at, jitter_ms, left(dst_gap, 2000), left(dst_overlap, 2000), left(day_match, 2000),
        left(task, 2000), left(queue, 2000), priority, {Arguments}, left(catch_up, 2000), catch_up_window_ms, catch_up_limit, left(overlap, 2000), expires_ms, left(description, 2000)
        """;

    /// <summary>Characters of a text that are read.</summary>
    public const int LongestText = 2000;

    /// <summary>How many they are.</summary>
    public const int Width = 21;

    /// <summary>The same columns of <c>kept</c>, the row in the table.</summary>
    public const string Kept = """
        kept.cron, kept.every_ms, kept.once_at, kept.anchor_at, kept.timezone, kept.starts_at, kept.ends_at, kept.jitter_ms, kept.dst_gap, kept.dst_overlap, kept.day_match,
        kept.task, kept.queue, kept.priority, kept.arguments, kept.catch_up, kept.catch_up_window_ms, kept.catch_up_limit, kept.overlap, kept.expires_ms, kept.description
        """;

    /// <summary>The same columns of <c>given</c>, what is to be written.</summary>
    public const string Given = """
        given.cron, given.every_ms, given.once_at, given.anchor_at, given.timezone, given.starts_at, given.ends_at, given.jitter_ms, given.dst_gap, given.dst_overlap, given.day_match,
        given.task, given.queue, given.priority, given.arguments, given.catch_up, given.catch_up_window_ms, given.catch_up_limit, given.overlap, given.expires_ms, given.description
        """;

    /// <summary>The same columns of <c>excluded</c>, the row that an INSERT could not add.</summary>
    public const string Excluded = """
        excluded.cron, excluded.every_ms, excluded.once_at, excluded.anchor_at, excluded.timezone, excluded.starts_at, excluded.ends_at, excluded.jitter_ms,
        excluded.dst_gap, excluded.dst_overlap, excluded.day_match, excluded.task, excluded.queue, excluded.priority, excluded.arguments, excluded.catch_up,
        excluded.catch_up_window_ms, excluded.catch_up_limit, excluded.overlap, excluded.expires_ms, excluded.description
        """;

    /// <summary>A table expression <c>given</c> of the parameters that <see cref="Bind"/> adds, with <c>name</c> and <c>enabled</c> in front.</summary>
    public const string Table = """
        unnest($1::text[], $2::boolean[], $3::text[], $4::bigint[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::timestamptz[], $9::timestamptz[], $10::bigint[],
               $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::smallint[], $17::text[]::jsonb[], $18::text[], $19::bigint[], $20::integer[],
               $21::text[], $22::bigint[], $23::text[]) AS given (name, enabled, cron, every_ms, once_at, anchor_at, timezone, starts_at, ends_at, jitter_ms,
               dst_gap, dst_overlap, day_match, task, queue, priority, arguments, catch_up, catch_up_window_ms, catch_up_limit,
               overlap, expires_ms, description)
        """;

    /// <summary>Binds schedules to the parameters of <see cref="Table"/>.</summary>
    public static NpgsqlBatchCommand Bind(NpgsqlBatchCommand command, IReadOnlyList<ScheduleDeclaration> rows)
    {
        void Instant(Func<ScheduleDeclaration, DateTimeOffset?> column) => command.Parameters.Add(ClaimStore.OptionalInstants(rows, row => column(row) is { } instant ? PgInstant.Of(instant) : null));
        void Add<T>(Func<ScheduleDeclaration, T> column) => command.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = [.. rows.Select(column)] });
        Add(row => row.Name);
        Add(row => row.Enabled);
        Add(row => row.Timing.Cron);
        Add(row => Milliseconds(row.Timing.Every));
        Instant(row => row.Timing.Once);
        Instant(row => row.Timing.Anchor);
        Add(row => row.Timing.Timezone);
        Instant(row => row.Timing.Start);
        Instant(row => row.Timing.End);
        Add(row => (long)row.Timing.Jitter.TotalMilliseconds);
        Add(row => ScheduleWords.Gap.Of(row.Timing.Gap));
        Add(row => ScheduleWords.Repeat.Of(row.Timing.Repeat));
        Add(row => ScheduleWords.Days.Of(row.Timing.Days));
        Add(row => row.Task);
        Add(row => row.Queue ?? "default");
        Add(row => (short)(row.Priority ?? 5));
        Add(row => row.Arguments);
        Add(row => ScheduleWords.CatchUps.Of(row.CatchUp));
        Add(row => (long)row.CatchUpWindow.TotalMilliseconds);
        Add(row => row.CatchUpLimit);
        Add(row => ScheduleWords.Overlaps.Of(row.Overlap));
        Add(row => Milliseconds(row.Expires));
        Add(row => row.Description);
        return command;
    }

    /// <summary>Reads <see cref="Selected"/>, from a column of the row on. Nothing that a column can hold is an exception: it is noted, and its default taken.</summary>
    public static ScheduleDeclaration Read(NpgsqlDataReader reader, string name, bool enabled, int at, ColumnMistakes mistakes)
    {
        var row = new ColumnReader(reader, at, mistakes);
        return new ScheduleDeclaration
        {
            Name = name,
            Enabled = enabled,
            Timing = new ScheduleTiming
            {
                Cron = row.Whole(0, "cron"),
                Every = row.Duration(1, "every_ms", IntervalExpression.Shortest, IntervalExpression.Longest),
                Once = row.Instant(2, "once_at"),
                Anchor = row.Instant(3, "anchor_at"),
                Timezone = row.Needed(4, "timezone") ?? "UTC",
                Start = row.Bound(5, PgInstant.MinusInfinity),
                End = row.Bound(6, PgInstant.Infinity),
                Jitter = row.Duration(7, "jitter_ms", TimeSpan.Zero, ScheduleTiming.LongestJitter) ?? TimeSpan.Zero,
                Gap = row.Word(8, "dst_gap", ScheduleWords.Gap, GapRule.Shift),
                Repeat = row.Word(9, "dst_overlap", ScheduleWords.Repeat, RepeatRule.First),
                Days = row.Word(10, "day_match", ScheduleWords.Days, DayMatch.And),
            },
            Task = row.Ruled(11, "task", TaskName.IsValid, TaskName.Rule) ?? "",
            Queue = row.Ruled(12, "queue", QueueName.IsValid, QueueName.Rule) ?? "default",
            Priority = row.Number<short>(13, "priority", 0, 9, 5),
            Arguments = row.Arguments(14),
            CatchUp = row.Word(15, "catch_up", ScheduleWords.CatchUps, CatchUp.Latest),
            CatchUpWindow = row.Duration(16, "catch_up_window_ms", TimeSpan.FromSeconds(1), IntervalExpression.Longest) ?? ScheduleDeclaration.StandardCatchUpWindow,
            CatchUpLimit = row.Number(17, "catch_up_limit", 1, 1000, ScheduleDeclaration.StandardCatchUpLimit),
            Overlap = row.Word(18, "overlap", ScheduleWords.Overlaps, OverlapPolicy.Allow),
            Expires = row.Duration(19, "expires_ms", TimeSpan.FromMilliseconds(1), IntervalExpression.Longest),
            Description = row.Text(20),
        };
    }

    private static long? Milliseconds(TimeSpan? time) => time is { } known ? (long)known.TotalMilliseconds : null;
}
