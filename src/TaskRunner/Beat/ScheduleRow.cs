using Npgsql;

namespace TaskRunner.Beat;

/// <summary>The columns of a row of <c>schedules</c> that beat reads, and how.</summary>
internal static class ScheduleRow
{
    /// <summary>To be selected from a table that is called <c>schedule</c> in the statement.</summary>
    public const string Columns = """
        schedule.id, schedule.name, schedule.cron, schedule.every_ms, schedule.once_at, schedule.anchor_at, schedule.timezone, schedule.starts_at, schedule.ends_at,
        schedule.jitter_ms, schedule.dst_gap, schedule.dst_overlap, schedule.day_match, schedule.task, schedule.queue, schedule.priority, schedule.arguments::text,
        schedule.catch_up, schedule.catch_up_window_ms, schedule.catch_up_limit, schedule.overlap, schedule.expires_ms, schedule.since, schedule.next_due
        """;

    /// <summary>How many they are.</summary>
    public const int Width = 24;

    /// <summary>Reads them from the first columns of a row.</summary>
    public static DueSchedule Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Name = row.GetString(1),
        Timing = ReadTiming(row),
        Task = row.GetString(13),
        Queue = row.GetString(14),
        Priority = row.GetInt16(15),
        Arguments = row.GetString(16),
        CatchUp = ScheduleWords.CatchUps.Parse(row.GetString(17)),
        CatchUpWindow = TimeSpan.FromMilliseconds(row.GetInt64(18)),
        CatchUpLimit = row.GetInt32(19),
        Overlap = ScheduleWords.Overlaps.Parse(row.GetString(20)),
        Expires = Milliseconds(row, 21),
        Since = row.GetFieldValue<DateTimeOffset>(22),
        NextDue = Instant(row, 23),
    };

    private static ScheduleTiming ReadTiming(NpgsqlDataReader row) => new()
    {
        Cron = row.IsDBNull(2) ? null : row.GetString(2),
        Every = Milliseconds(row, 3),
        Once = Instant(row, 4),
        Anchor = Instant(row, 5),
        Timezone = row.GetString(6),
        Start = Instant(row, 7),
        End = Instant(row, 8),
        Jitter = TimeSpan.FromMilliseconds(row.GetInt64(9)),
        Gap = ScheduleWords.Gap.Parse(row.GetString(10)),
        Repeat = ScheduleWords.Repeat.Parse(row.GetString(11)),
        Days = ScheduleWords.Days.Parse(row.GetString(12)),
    };

    private static TimeSpan? Milliseconds(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : TimeSpan.FromMilliseconds(row.GetInt64(column));

    private static DateTimeOffset? Instant(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
