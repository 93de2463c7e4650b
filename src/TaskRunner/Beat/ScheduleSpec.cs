namespace TaskRunner.Beat;

/// <summary>When a schedule ticks: a cron expression in a time zone, an interval or a single instant, between a start and an end.</summary>
public sealed class ScheduleSpec
{
    private readonly Func<DateTimeOffset, DateTimeOffset?> next;
    private readonly DateTimeOffset start = DateTimeOffset.MinValue;
    private readonly DateTimeOffset end = DateTimeOffset.MaxValue;

    public ScheduleSpec(CronExpression cron, TimeZoneInfo zone) => next = after => cron.Next(after, zone);

    public ScheduleSpec(IntervalExpression interval) => next = after => interval.Next(after);

    private ScheduleSpec(Func<DateTimeOffset, DateTimeOffset?> next, ScheduleTiming timing)
    {
        this.next = next;
        start = timing.Start ?? DateTimeOffset.MinValue;
        end = timing.End ?? DateTimeOffset.MaxValue;
    }

    /// <summary>Reads what is written down.</summary>
    /// <exception cref="FormatException">It is no schedule; the message is one sentence.</exception>
    public static ScheduleSpec Read(ScheduleTiming timing) => (timing.Cron, timing.Every, timing.Once) switch
    {
        ({ } text, null, null) => ReadCron(text, timing),
        (null, { } every, null) => new ScheduleSpec(new IntervalExpression(every, timing.Anchor).Next, timing),
        (null, null, { } once) => new ScheduleSpec(after => after < once ? once : null, timing),
        _ => throw new FormatException("exactly one of cron, every and once is needed"),
    };

    /// <summary>Reads the columns of a schedule; exactly one of <paramref name="cron"/> and <paramref name="everyMilliseconds"/> is set.</summary>
    /// <exception cref="FormatException">They are no schedule; the message is one sentence.</exception>
    public static ScheduleSpec Read(string? cron, long? everyMilliseconds, string timezone) =>
        Read(new ScheduleTiming { Cron = cron, Every = everyMilliseconds is { } every ? TimeSpan.FromMilliseconds(every) : null, Timezone = timezone });

    /// <summary>Finds a time zone of the tz database, for example <c>Europe/Berlin</c>.</summary>
    /// <exception cref="FormatException">There is no zone of that name.</exception>
    // What was found once is found again in any case of its letters; whether a name is right must not depend on that.
    public static TimeZoneInfo FindZone(string name) => TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && (zone.Id == name || zone.Id == "UTC")
        ? zone
        : throw new FormatException($"timezone '{name}' is not in the time zone database; expected a name like Europe/Berlin or UTC");

    /// <summary>The first tick after an instant; null when there is none.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        var tick = next(after < start ? start.AddTicks(-1) : after);
        return tick <= end ? tick : null;
    }

    /// <summary>The newest ticks in (<paramref name="after"/>, <paramref name="notAfter"/>], oldest first, at most <paramref name="count"/>.</summary>
    /// <remarks>Takes logarithmic time, however many ticks were missed.</remarks>
    public IReadOnlyList<DateTimeOffset> Newest(DateTimeOffset after, DateTimeOffset notAfter, int count)
    {
        var ticks = new List<DateTimeOffset>();
        while (ticks.Count < count && Last(after, notAfter) is { } tick)
        {
            ticks.Add(tick);
            notAfter = tick.AddTicks(-1);
        }

        ticks.Reverse();
        return ticks;
    }

    private static ScheduleSpec ReadCron(string text, ScheduleTiming timing)
    {
        var (cron, zone) = (CronExpression.Parse(text, timing.Days), FindZone(timing.Timezone));
        return new ScheduleSpec(after => cron.Next(after, zone, timing.Gap, timing.Repeat), timing);
    }

    // Next never decreases, so halving finds the last start from which a tick is still in range; each hit moves straight to its tick.
    private DateTimeOffset? Last(DateTimeOffset after, DateTimeOffset notAfter)
    {
        var found = Next(after);
        if (found is null || found > notAfter)
        {
            return null;
        }

        var (low, high) = (found.Value, notAfter);
        while (Next(low) is { } following && following <= notAfter)
        {
            low = following;
            var middle = low + ((high - low) / 2);
            if (Next(middle) is { } tick && tick <= notAfter)
            {
                low = tick;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
