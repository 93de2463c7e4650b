using System.Globalization;
using TaskRunner.Beat;

namespace TaskRunner.Cli.Schedules;

/// <summary>Lists runs and says which of them a change of the clocks touches.</summary>
internal static class SchedulePreview
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    /// <summary>The first runs after an instant.</summary>
    public static IReadOnlyList<RunView> Runs(ScheduleSpec spec, ScheduleTiming timing, TimeZoneInfo zone, DateTimeOffset after, int count)
    {
        var runs = new List<RunView>();
        for (var next = spec.Next(after); next is { } run && runs.Count < count; next = spec.Next(run))
        {
            runs.Add(new RunView(run, InstantText.PrintIn(run, zone), timing.Cron is null ? null : Note(run, zone)));
        }

        return runs;
    }

    /// <summary>Says what clocks do on the day of a run; null on a plain day.</summary>
    public static string? Note(DateTimeOffset run, TimeZoneInfo zone)
    {
        var utc = run.UtcDateTime;
        var offset = zone.GetUtcOffset(utc);
        if (utc < DateTime.MinValue + (3 * Day) || utc > DateTime.MaxValue - (3 * Day))
        {
            return null;
        }

        var midnight = utc - (utc + offset).TimeOfDay;
        var from = midnight.AddHours(-1);
        var before = zone.GetUtcOffset(from);
        if (ZoneTransitions.First(zone, from, from.AddHours(26), before) is not { } change)
        {
            return null;
        }

        var after = zone.GetUtcOffset(change);
        if ((change + after).Date != (utc + offset).Date && (change + before).Date != (utc + offset).Date)
        {
            return null;
        }

        var (old, young) = (Clock(change + before), Clock(change + after));
        var what = after > before ? $"clocks go forward from {old} to {young}" : $"clocks go back from {old} to {young}";
        return (after > before, utc) switch
        {
            (true, _) when utc == change => $"{what}: times in between run now",
            (false, _) when utc >= change && utc < change + (before - after) => $"{what}: the second {Clock(utc + offset)}",
            (false, _) when utc < change && utc >= change - (before - after) => $"{what}: the first {Clock(utc + offset)}",
            _ => what,
        };
    }

    private static string Clock(DateTime wall) => wall.ToString("HH:mm", CultureInfo.InvariantCulture);
}
