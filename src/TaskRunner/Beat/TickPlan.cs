namespace TaskRunner.Beat;

/// <summary>What to do with one due schedule: the ticks to enqueue now, those to drop, and the time of the next one. Pure arithmetic.</summary>
internal sealed record TickPlan
{
    /// <summary>
    /// A schedule that is behind by more than this has missed ticks, and its catch-up policy decides. Longer than a hiccup of a store or the loss of
    /// a beat, after which every tick runs; shorter than what people call late.
    /// </summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    // A tick that is dropped has a row of its own, up to this many; the others are only counted.
    private const int MostSkippedRows = 20;

    private static readonly int MostWithinTolerance = (int)(Tolerance / IntervalExpression.Shortest) + 1;

    public required DueSchedule Schedule { get; init; }

    /// <summary>Nominal times to enqueue, oldest first.</summary>
    public IReadOnlyList<DateTimeOffset> Ticks { get; init; } = [];

    /// <summary>The newest of the ticks that the catch-up policy drops, oldest first.</summary>
    public IReadOnlyList<SkippedTick> Skipped { get; init; } = [];

    /// <summary>How many ticks the policy drops; <see cref="DueTicks.MostCounted"/> means that many or more.</summary>
    public int MissedCount { get; init; }

    /// <summary>The first of them.</summary>
    public DateTimeOffset? MissedSince { get; init; }

    /// <summary>Nominal time of the next tick; null when there is none.</summary>
    public DateTimeOffset? NextDue { get; init; }

    /// <summary>Why the schedule does not tick; null when it does, or did and has come to its end.</summary>
    public string? Problem { get; init; }

    /// <summary>The row that tells of the dropped ticks: the oldest that runs, else the newest that is skipped.</summary>
    public DateTimeOffset? MissedIn => MissedCount == 0 ? null : Ticks.Count > 0 ? Ticks[0] : Skipped[^1].Nominal;

    public static TickPlan Make(DueSchedule schedule, DateTimeOffset now)
    {
        if (schedule.Unreadable is { } unreadable)
        {
            return new TickPlan { Schedule = schedule, Problem = unreadable };
        }

        try
        {
            // Edited while the clock of the database was ahead: it counts from now.
            var spec = ScheduleSpec.Read(schedule.Timing);
            return (schedule.NextDue ?? spec.Next(schedule.Since < now ? schedule.Since : now)) switch
            {
                null => new TickPlan { Schedule = schedule, Problem = "no tick lies ahead" },
                { } due when due > now => new TickPlan { Schedule = schedule, NextDue = due },
                { } due => Choose(schedule, spec, due, now),
            };
        }
        catch (FormatException e)
        {
            return new TickPlan { Schedule = schedule, Problem = Sentence.Of(e) };
        }
#pragma warning disable CA1031 // Whatever is wrong with a row, or with the arithmetic at the ends of the calendar: it costs its own schedule.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new TickPlan { Schedule = schedule, Problem = $"its next tick cannot be found ({e.GetType().Name}: {Sentence.Of(e)})" };
        }
    }

    private static TickPlan Choose(DueSchedule schedule, ScheduleSpec spec, DateTimeOffset first, DateTimeOffset now)
    {
        var due = DueTicks.Between(spec, first, now, Math.Max(schedule.CatchUpLimit, MostWithinTolerance) + MostSkippedRows);
        var (run, reason) = first >= now - Tolerance ? (due.Count, "") : Apply(schedule, due, now);
        var dropped = due.Newest.SkipLast(run).TakeLast(MostSkippedRows).ToList();
        return new TickPlan
        {
            Schedule = schedule,
            Ticks = [.. due.Newest.TakeLast(run)],
            Skipped = [.. dropped.Select(nominal => new SkippedTick(nominal, reason))],
            MissedCount = Math.Max(due.Count - run, dropped.Count),
            MissedSince = dropped.Count > 0 ? first : null,
            NextDue = spec.Next(now),
        };
    }

    /// <summary>How many of the newest ticks run, and why the others do not.</summary>
    private static (int Run, string Reason) Apply(DueSchedule schedule, DueTicks due, DateTimeOffset now) => schedule.CatchUp switch
    {
        CatchUp.Skip => (due.Newest.Count(tick => tick >= now - Tolerance), TickReason.CatchUpSkip),
        CatchUp.Latest => (1, TickReason.CatchUpLatest),
        _ when due.Newest.Count(tick => tick >= now - schedule.CatchUpWindow) is var within && within < schedule.CatchUpLimit => (within, TickReason.CatchUpWindow),
        _ => (Math.Min(schedule.CatchUpLimit, due.Count), TickReason.CatchUpLimit),
    };
}
