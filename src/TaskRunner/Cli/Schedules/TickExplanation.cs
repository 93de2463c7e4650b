using System.Globalization;
using TaskRunner.Beat;

namespace TaskRunner.Cli.Schedules;

/// <summary>What happened at an instant, and why, in a sentence or two.</summary>
/// <param name="State">The state of the tick, <c>missed</c>, <c>future</c>, <c>unrecorded</c> or <c>none</c>.</param>
/// <param name="Sentence">The answer for people.</param>
/// <param name="Tick">The row of that very tick, if it has one.</param>
internal sealed record TickExplanation(string State, string Sentence, TickRow? Tick = null)
{
    public const string NoTick = "none";

    /// <summary>Explains an instant.</summary>
    /// <param name="row">The schedule as it is now.</param>
    /// <param name="instant">The instant.</param>
    /// <param name="first">The first tick row at or after it.</param>
    /// <param name="oldest">The time of the oldest tick row.</param>
    /// <param name="now">The time.</param>
    public static TickExplanation Of(StoredSchedule row, DateTimeOffset instant, TickRow? first, DateTimeOffset? oldest, DateTimeOffset now)
    {
        var when = ScheduleWhen.Local(instant, row.Schedule.Timing);
        if (first?.Nominal == instant)
        {
            return new TickExplanation(first.State, $"The tick of {when} {Happened(first, row)}", first);
        }

        if (first?.MissedSince is { } since && instant >= since && IsTick(row, instant))
        {
            return new TickExplanation(
                "missed",
                $"The tick of {when} was missed and did not run: beat came back only at {ScheduleWhen.Local(first.CreatedAt, row.Schedule.Timing)}, and the policy catchUp {ScheduleWords.CatchUps.Of(row.Schedule.CatchUp)} dropped {Count(first.MissedCount)} from {ScheduleWhen.Local(since, row.Schedule.Timing)} on.");
        }

        var next = Next(row, instant);
        if (!IsTick(row, instant))
        {
            var change = row.Schedule.Timing.Cron is null ? null : SchedulePreview.Note(instant, ScheduleWhen.Zone(row.Schedule.Timing));
            return new TickExplanation(
                NoTick,
                $"As it stands now, '{row.Schedule.Name}' ({ScheduleWhen.Describe(row.Schedule.Timing)}) has no tick at {when}{(change is null ? "" : $"; on that day {change}")}. {(next is { } after ? $"The next one after it is {ScheduleWhen.Local(after, row.Schedule.Timing)}." : "None follows.")}");
        }

        if (instant > now)
        {
            return new TickExplanation("future", $"The tick of {when} is still to come.{(row.Schedule.Enabled == false ? " It will not run while the schedule is paused." : "")}");
        }

        return new TickExplanation("unrecorded", $"There is no record of a tick at {when}: {WhyUnrecorded(row, instant, oldest)}.");
    }

    private static string Happened(TickRow tick, StoredSchedule row)
    {
        string At(DateTimeOffset? instant) => ScheduleWhen.Local(instant, row.Schedule.Timing);
        var late = tick.SentAt is { } sent && sent > tick.Nominal ? string.Create(CultureInfo.InvariantCulture, $", {(sent - tick.Nominal).TotalSeconds:0.000} s after its time") : "";
        var again = tick.Resent > 0 ? string.Create(CultureInfo.InvariantCulture, $" It was sent again {tick.Resent} time(s), because the broker had lost it.") : "";
        var missed = tick.MissedCount > 0 ? $" {Count(tick.MissedCount)} before it, from {At(tick.MissedSince)} on, did not run: policy catchUp {ScheduleWords.CatchUps.Of(row.Schedule.CatchUp)}." : "";
        return tick.State switch
        {
            "pending" => "is written down and about to be sent to the broker.",
            "buffered" => $"waits until the task of an earlier tick has finished{Because(tick)}.",
            "sent" => $"was sent as task {tick.TaskId} at {At(tick.SentAt)}{late}; no result is known yet.{again}{missed}",
            "ran" => $"ran as task {tick.TaskId}: sent at {At(tick.SentAt)}{late}, started at {At(tick.StartedAt)}, finished at {At(tick.FinishedAt)}, {tick.Outcome ?? "outcome unknown"}.{again}{missed}",
            "skipped" => $"was skipped{Because(tick)}.{missed}",
            "refused" => $"was refused{Because(tick)}.{missed}",
            _ => $"is in the state {tick.State}{Because(tick)}.",
        };
    }

    private static string WhyUnrecorded(StoredSchedule row, DateTimeOffset instant, DateTimeOffset? oldest) => row switch
    {
        _ when instant < row.CreatedAt => $"the schedule was made later, at {ScheduleWhen.Local(row.CreatedAt, row.Schedule.Timing)}",
        { Schedule.Enabled: false } => "the schedule is paused",
        { Problem: { } problem } => $"the schedule does not run: {problem}",
        _ when oldest is { } known && instant < known => $"the oldest one that is kept is {ScheduleWhen.Local(known, row.Schedule.Timing)}",
        _ when instant < row.UpdatedAt => $"the schedule was edited, paused or resumed later, at {ScheduleWhen.Local(row.UpdatedAt, row.Schedule.Timing)}, and may have been another one then",
        _ => "no beat has dealt with it yet",
    };

    private static string Because(TickRow tick) => tick.Reason is { } reason ? $": {reason.TrimEnd('.')}" : "";

    private static string Count(int missed) => missed switch
    {
        1 => "one tick",
        >= 1000 => "1000 ticks or more",
        _ => string.Create(CultureInfo.InvariantCulture, $"{missed} ticks"),
    };

    private static bool IsTick(StoredSchedule row, DateTimeOffset instant) => Next(row, JustBefore(instant)) == instant;

    /// <summary>The last instant before another one; the first of all has none before it.</summary>
    public static DateTimeOffset JustBefore(DateTimeOffset instant) => instant.UtcTicks > 0 ? instant.AddTicks(-1) : instant;

    private static DateTimeOffset? Next(StoredSchedule row, DateTimeOffset after)
    {
        try
        {
            return row.Unreadable is null ? ScheduleSpec.Read(row.Schedule.Timing).Next(after) : null;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
        {
            return null;
        }
    }
}
