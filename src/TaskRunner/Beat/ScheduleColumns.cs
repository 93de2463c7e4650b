using Npgsql;

namespace TaskRunner.Beat;

/// <summary>The columns of <c>schedules</c> that say what a schedule is, in one order for reading and writing.</summary>
internal static class ScheduleColumns
{
    public const string Names = """
        cron, every_ms, once_at, anchor_at, timezone, starts_at, ends_at, jitter_ms, dst_gap, dst_overlap, day_match,
        task, queue, priority, arguments, catch_up, catch_up_window_ms, catch_up_limit, overlap, expires_ms, description
        """;

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
        void Add<T>(Func<ScheduleDeclaration, T> column) => command.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = [.. rows.Select(column)] });
        Add(row => row.Name);
        Add(row => row.Enabled);
        Add(row => row.Timing.Cron);
        Add(row => Milliseconds(row.Timing.Every));
        Add(row => row.Timing.Once?.ToUniversalTime());
        Add(row => row.Timing.Anchor?.ToUniversalTime());
        Add(row => row.Timing.Timezone);
        Add(row => row.Timing.Start?.ToUniversalTime());
        Add(row => row.Timing.End?.ToUniversalTime());
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

    /// <summary>Reads <see cref="Names"/>, from a column of the row on.</summary>
    public static ScheduleDeclaration Read(NpgsqlDataReader reader, string name, bool enabled, int at)
    {
        T? Optional<T>(int column)
            where T : struct => reader.IsDBNull(at + column) ? null : reader.GetFieldValue<T>(at + column);
        string? Text(int column) => reader.IsDBNull(at + column) ? null : reader.GetString(at + column);
        TimeSpan? Time(int column) => Optional<long>(column) is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;
        return new ScheduleDeclaration
        {
            Name = name,
            Enabled = enabled,
            Timing = new ScheduleTiming
            {
                Cron = Text(0),
                Every = Time(1),
                Once = Optional<DateTimeOffset>(2),
                Anchor = Optional<DateTimeOffset>(3),
                Timezone = reader.GetString(at + 4),
                Start = Optional<DateTimeOffset>(5),
                End = Optional<DateTimeOffset>(6),
                Jitter = Time(7)!.Value,
                Gap = ScheduleWords.Gap.Parse(reader.GetString(at + 8)),
                Repeat = ScheduleWords.Repeat.Parse(reader.GetString(at + 9)),
                Days = ScheduleWords.Days.Parse(reader.GetString(at + 10)),
            },
            Task = reader.GetString(at + 11),
            Queue = reader.GetString(at + 12),
            Priority = reader.GetInt16(at + 13),
            Arguments = reader.GetString(at + 14),
            CatchUp = ScheduleWords.CatchUps.Parse(reader.GetString(at + 15)),
            CatchUpWindow = Time(16)!.Value,
            CatchUpLimit = reader.GetInt32(at + 17),
            Overlap = ScheduleWords.Overlaps.Parse(reader.GetString(at + 18)),
            Expires = Time(19),
            Description = Text(20),
        };
    }

    private static long? Milliseconds(TimeSpan? time) => time is { } known ? (long)known.TotalMilliseconds : null;
}
