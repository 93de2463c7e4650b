using Npgsql;

namespace TaskRunner.Beat;

/// <summary>The columns of a row of <c>schedules</c> that beat reads at a tick, and how.</summary>
internal static class ScheduleRow
{
    /// <summary>To be selected from the table; no other table of the statement has columns of these names.</summary>
    public const string Columns = $"id, name, {ScheduleColumns.Names}, since, next_due";

    /// <summary>How many they are.</summary>
    public const int Width = 4 + ScheduleColumns.Width;

    /// <summary>Reads them from the first columns of a row.</summary>
    public static DueSchedule Read(NpgsqlDataReader row)
    {
        var schedule = ScheduleColumns.Read(row, row.GetString(1), enabled: true, at: 2);
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
            Since = row.GetFieldValue<DateTimeOffset>(Width - 2),
            NextDue = row.IsDBNull(Width - 1) ? null : row.GetFieldValue<DateTimeOffset>(Width - 1),
        };
    }
}
