using Npgsql;

namespace TaskRunner.Beat;

/// <summary>The columns of a row of <c>schedules</c> that beat reads at a tick, and how.</summary>
internal static class ScheduleRow
{
    /// <summary>To be selected from the table; no other table of the statement has columns of these names.</summary>
    public const string Columns = $"id, left(name, 2000), {ScheduleColumns.Selected}, since, next_due, left(problem, 1000)";

    /// <summary>How many they are.</summary>
    public const int Width = 5 + ScheduleColumns.Width;

    /// <summary>Reads them from the first columns of a row, whatever stands in it.</summary>
    public static DueSchedule Read(NpgsqlDataReader row)
    {
        var mistakes = new ColumnMistakes();
        var name = row.IsDBNull(1) ? "" : row.GetString(1);
        var schedule = ScheduleColumns.Read(row, name, enabled: true, at: 2, mistakes);
        return new()
        {
            Id = row.GetGuid(0),
            Name = schedule.Name,
            Timing = schedule.Timing,
            Task = schedule.Task,
            Queue = schedule.Queue!,
            Priority = schedule.Priority!.Value,
            Arguments = schedule.Arguments,
            CatchUp = schedule.CatchUp,
            CatchUpWindow = schedule.CatchUpWindow,
            CatchUpLimit = schedule.CatchUpLimit,
            Overlap = schedule.Overlap,
            Expires = schedule.Expires,
            Since = row.IsDBNull(Width - 3) ? DateTimeOffset.MinValue : PgInstant.Clamp(row.GetFieldValue<long>(Width - 3)),
            NextDue = row.IsDBNull(Width - 2) || row.GetFieldValue<long>(Width - 2) is PgInstant.MinusInfinity or PgInstant.Infinity ? null : PgInstant.Clamp(row.GetFieldValue<long>(Width - 2)),
            Problem = row.IsDBNull(Width - 1) ? null : row.GetString(Width - 1),
            Unreadable = mistakes.Text,
        };
    }
}
