namespace TaskRunner.Beat;

/// <summary>The keys of a schedule in the schedules file; flags are named after them.</summary>
internal static class ScheduleKeys
{
    public const string Cron = "cron";
    public const string Every = "every";
    public const string Once = "once";
    public const string Anchor = "anchor";
    public const string Timezone = "timezone";
    public const string Start = "start";
    public const string End = "end";
    public const string Jitter = "jitter";
    public const string DstGap = "dstGap";
    public const string DstOverlap = "dstOverlap";
    public const string DayMatch = "dayMatch";
    public const string Task = "task";
    public const string Queue = "queue";
    public const string Priority = "priority";
    public const string Arguments = "arguments";
    public const string Enabled = "enabled";
    public const string CatchUp = "catchUp";
    public const string CatchUpWindow = "catchUpWindow";
    public const string CatchUpLimit = "catchUpLimit";
    public const string Overlap = "overlap";
    public const string Expires = "expires";
    public const string Description = "description";

    /// <summary>The keys of which a schedule has exactly one.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [Cron, Every, Once];

    /// <summary>Keys that mean something to a cron expression alone.</summary>
    public static IReadOnlyList<string> OfCron { get; } = [DstGap, DstOverlap, DayMatch];

    /// <summary>Keys whose value is an instant.</summary>
    public static IReadOnlyList<string> Instants { get; } = [Once, Anchor, Start, End];

    /// <summary>All keys, in the order in which people read them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Cron, Every, Once, Anchor, Timezone, Start, End, Jitter, DstGap, DstOverlap, DayMatch, Task, Queue, Priority, Arguments, Enabled,
        CatchUp, CatchUpWindow, CatchUpLimit, Overlap, Expires, Description,
    ];
}
