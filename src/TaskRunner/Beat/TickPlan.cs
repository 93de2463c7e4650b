using System.Globalization;

namespace TaskRunner.Beat;

/// <summary>What to do with one due schedule: the ticks to enqueue now and the time of the next one. Pure arithmetic.</summary>
/// <param name="Schedule">The schedule.</param>
/// <param name="Ticks">Nominal times to enqueue, oldest first.</param>
/// <param name="Dropped">Whether the catch-up policy drops older ticks.</param>
/// <param name="NextDue">Nominal time of the next tick; null when there is none.</param>
/// <param name="Problem">Why the schedule does not run on; null when it does.</param>
internal sealed record TickPlan(DueSchedule Schedule, IReadOnlyList<DateTimeOffset> Ticks, bool Dropped, DateTimeOffset? NextDue, string? Problem)
{
    /// <summary>A tick that is later than this was missed: longer than a turn of the loop, shorter than what people call late.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    private const int MostAtOnce = 10;

    public static TickPlan Make(DueSchedule schedule, DateTimeOffset now)
    {
        try
        {
            var spec = ScheduleSpec.Read(schedule.Cron, schedule.EveryMilliseconds, schedule.Timezone);
            var (ticks, dropped) = schedule.NextDue is { } due ? Choose(spec, schedule.CatchUp, due, now) : ([], false);
            var next = spec.Next(now);
            return new TickPlan(schedule, ticks, dropped, next, next is null ? "no date matches the cron expression" : null);
        }
        catch (FormatException e)
        {
            return new TickPlan(schedule, [], false, null, e.Message);
        }
    }

    /// <summary>The id of a tick's task: always the same, whichever beat makes it and however often.</summary>
    public Guid IdOf(DateTimeOffset nominal) =>
        NameBasedGuid.Create(Schedule.Id, nominal.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));

    private static (IReadOnlyList<DateTimeOffset> Ticks, bool Dropped) Choose(ScheduleSpec spec, CatchUp catchUp, DateTimeOffset due, DateTimeOffset now)
    {
        var most = catchUp == CatchUp.All ? MostAtOnce : 1;

        // One more than wanted tells whether any is dropped. The due one stands in the row and need not be on the schedule's grid.
        var newest = spec.Newest(due, now, most + 1);
        IReadOnlyList<DateTimeOffset> missed = newest.Count > most ? newest : [due, .. newest];
        var chosen = missed.Skip(missed.Count - most).Where(tick => catchUp != CatchUp.Skip || now - tick <= Tolerance).ToList();
        return (chosen, chosen.Count < missed.Count);
    }
}
