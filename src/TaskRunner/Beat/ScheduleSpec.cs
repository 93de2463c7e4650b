namespace TaskRunner.Beat;

/// <summary>When a schedule ticks: a cron expression in a time zone, or an interval.</summary>
public sealed class ScheduleSpec
{
    private readonly Func<DateTimeOffset, DateTimeOffset?> next;

    public ScheduleSpec(CronExpression cron, TimeZoneInfo zone) => next = after => cron.Next(after, zone);

    public ScheduleSpec(IntervalExpression interval) => next = after => interval.Next(after);

    /// <summary>Reads the columns of a schedule; exactly one of <paramref name="cron"/> and <paramref name="everyMilliseconds"/> is set.</summary>
    /// <exception cref="FormatException">They are no schedule; the message is one sentence.</exception>
    public static ScheduleSpec Read(string? cron, long? everyMilliseconds, string timezone) => (cron, everyMilliseconds) switch
    {
        ({ } text, null) => new ScheduleSpec(CronExpression.Parse(text), FindZone(timezone)),
        (null, { } every) => new ScheduleSpec(new IntervalExpression(TimeSpan.FromMilliseconds(every))),
        _ => throw new FormatException("exactly one of cron and every is needed"),
    };

    /// <summary>Finds a time zone of the tz database, for example <c>Europe/Berlin</c>.</summary>
    /// <exception cref="FormatException">There is no zone of that name.</exception>
    public static TimeZoneInfo FindZone(string name) => TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)
        ? zone
        : throw new FormatException($"timezone '{name}' is not in the time zone database; expected a name like Europe/Berlin or UTC");

    /// <summary>The first tick after an instant; null when there is none.</summary>
    public DateTimeOffset? Next(DateTimeOffset after) => next(after);

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

    // Next never decreases, so halving finds the last start from which a tick is still in range; each hit moves straight to its tick.
    private DateTimeOffset? Last(DateTimeOffset after, DateTimeOffset notAfter)
    {
        var found = next(after);
        if (found is null || found > notAfter)
        {
            return null;
        }

        var (low, high) = (found.Value, notAfter);
        while (next(low) is { } following && following <= notAfter)
        {
            low = following;
            var middle = low + ((high - low) / 2);
            if (next(middle) is { } tick && tick <= notAfter)
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
