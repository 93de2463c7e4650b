using TaskRunner.Beat;

namespace TaskRunner.Cli.Schedules;

/// <summary>Says in a few words when a schedule ticks, and shows instants on its clock.</summary>
internal static class ScheduleWhen
{
    public static string Describe(ScheduleTiming timing) => timing switch
    {
        { Cron: { } cron } => timing.Timezone == "UTC" ? cron : $"{cron} ({timing.Timezone})",
        { Every: { } every } => $"every {WholeDuration.Print(every)}",
        { Once: { } once } => $"once {InstantText.Print(once)}",
        _ => "?",
    };

    /// <summary>The zone of the schedule; UTC when the table names one that does not exist.</summary>
    public static TimeZoneInfo Zone(ScheduleTiming timing) => TimeZoneInfo.TryFindSystemTimeZoneById(timing.Timezone, out var zone) ? zone : TimeZoneInfo.Utc;

    public static string Local(DateTimeOffset? instant, ScheduleTiming timing) => instant is { } known ? InstantText.PrintIn(known, Zone(timing)) : "";

    public static string State(StoredSchedule row) => row switch
    {
        { Schedule.Enabled: false } => "paused",
        { Problem: not null } => "broken",
        { NextDue: null } when row.Schedule.Timing is { End: not null } or { Once: not null } => "over",
        _ => "on",
    };
}
