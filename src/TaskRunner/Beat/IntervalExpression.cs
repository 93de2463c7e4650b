namespace TaskRunner.Beat;

/// <summary>A fixed interval, counted from an anchor, so that every beat finds the same instants and no clock change matters.</summary>
public sealed class IntervalExpression
{
    /// <summary>The shortest interval.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest interval.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    /// <summary>Takes an interval in whole milliseconds, 50 ms to 366 days.</summary>
    /// <param name="every">Time from one tick to the next.</param>
    /// <param name="anchor">An instant at which it ticks; null for the Unix epoch.</param>
    /// <exception cref="FormatException">The interval is shorter or longer.</exception>
    public IntervalExpression(TimeSpan every, DateTimeOffset? anchor = null)
    {
        if (every < Shortest || every > Longest)
        {
            throw new FormatException($"every {WholeDuration.Print(every)}: it lasts {WholeDuration.Print(Shortest)} to {WholeDuration.Print(Longest)}");
        }

        Every = every;
        Anchor = anchor ?? DateTimeOffset.UnixEpoch;
    }

    /// <summary>Time from one tick to the next.</summary>
    public TimeSpan Every { get; }

    /// <summary>An instant at which it ticks.</summary>
    public DateTimeOffset Anchor { get; }

    /// <summary>Reads a whole number with a unit: <c>500ms</c>, <c>30s</c>, <c>5m</c>, <c>1h</c>, <c>1d</c>.</summary>
    /// <exception cref="FormatException">The text is no such interval, or one outside 50 ms to 366 days.</exception>
    public static IntervalExpression Parse(string text) => new(WholeDuration.Parse("every", text, Shortest, Longest));

    /// <summary>Finds the first tick after an instant; null when the calendar ends before.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        var (elapsed, ticks) = (after.UtcTicks - Anchor.UtcTicks, Every.Ticks);
        var whole = elapsed >= 0 ? elapsed / ticks : -((-elapsed + ticks - 1) / ticks);
        var next = Anchor.UtcTicks + ((whole + 1) * ticks);
        return next <= DateTimeOffset.MaxValue.UtcTicks ? new DateTimeOffset(next, TimeSpan.Zero) : null;
    }

    /// <summary>The interval with its unit.</summary>
    public override string ToString() => WholeDuration.Print(Every);
}
