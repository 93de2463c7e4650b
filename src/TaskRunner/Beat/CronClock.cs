namespace TaskRunner.Beat;

/// <summary>Follows a cron expression through the offset changes of a time zone.</summary>
/// <remarks>Between two changes wall clock and UTC differ by a constant, so the calendar decides; only the changes themselves need rules.</remarks>
internal static class CronClock
{
    // No zone has repeated more than a day.
    private static readonly TimeSpan LongestReplay = TimeSpan.FromHours(25);

    private static readonly TimeSpan Window = TimeSpan.FromDays(2);

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    // Far enough from the ends of the calendar for every offset and window.
    private static readonly DateTime Earliest = new(1, 1, 8, 0, 0, 0, DateTimeKind.Utc);

    private static readonly DateTime Latest = new(9999, 12, 20, 0, 0, 0, DateTimeKind.Utc);

    public static DateTimeOffset? Next(CronExpression cron, DateTimeOffset after, TimeZoneInfo zone, GapRule gap, RepeatRule repeat)
    {
        if (cron.FollowsElapsedTime)
        {
            (gap, repeat) = (GapRule.Skip, RepeatRule.Both);
        }

        var utc = after.UtcDateTime;
        utc = utc < Earliest ? Earliest : utc;
        utc = new DateTime(utc.Ticks - (utc.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc);
        var offset = zone.GetUtcOffset(utc);
        if (repeat == RepeatRule.First)
        {
            utc = SkipReplay(zone, utc, offset);
        }

        while (utc < Latest && cron.NextOnCalendar(Wall(utc, offset)) is { } wall)
        {
            var due = DateTime.SpecifyKind(wall - offset, DateTimeKind.Utc);
            var near = due - utc > Window ? utc + Window : due;
            var change = ZoneTransitions.First(zone, utc, near, offset);
            if (change is null && near < due)
            {
                // Nothing matches before the day of the match, and what a change there repeats or skips does not match either.
                utc = due - Window > near ? due - Window : near;
                offset = zone.GetUtcOffset(utc);
                continue;
            }

            if (change is null && (change = repeat == RepeatRule.Last ? ReplayOf(zone, due, offset) : null) is null)
            {
                return new DateTimeOffset(due);
            }

            var newOffset = zone.GetUtcOffset(change.Value);
            if (gap == GapRule.Shift && newOffset > offset && wall < Wall(change.Value, newOffset))
            {
                return new DateTimeOffset(change.Value);
            }

            var replay = repeat == RepeatRule.First && newOffset < offset ? offset - newOffset : TimeSpan.Zero;
            utc = change.Value + replay - Second;
            offset = newOffset;
        }

        return null;
    }

    // Inside the repeated hour a fixed time has already run, the first time.
    private static DateTime SkipReplay(TimeZoneInfo zone, DateTime utc, TimeSpan offset)
    {
        var from = utc - LongestReplay;
        for (var before = zone.GetUtcOffset(from); before != offset;)
        {
            if (ZoneTransitions.First(zone, from, utc, before) is not { } change)
            {
                return utc;
            }

            var next = zone.GetUtcOffset(change);
            if (next < before && utc < change + (before - next))
            {
                return change + (before - next) - Second;
            }

            (from, before) = (change, next);
        }

        return utc;
    }

    // The change of the clocks after which the wall shows the time of this instant again; null when it does not.
    private static DateTime? ReplayOf(TimeZoneInfo zone, DateTime due, TimeSpan offset) =>
        ZoneTransitions.First(zone, due, due + LongestReplay, offset) is { } change
        && zone.GetUtcOffset(change) is var after
        && after < offset
        && Wall(due, offset) >= Wall(change, after)
            ? change
            : null;

    private static DateTime Wall(DateTime utc, TimeSpan offset) => DateTime.SpecifyKind(utc + offset, DateTimeKind.Unspecified);
}
