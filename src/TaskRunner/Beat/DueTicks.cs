namespace TaskRunner.Beat;

/// <summary>The ticks of one schedule from the first that is due up to now, oldest first.</summary>
/// <param name="Newest">The newest of them, without gap.</param>
/// <param name="Count">How many there are; <see cref="MostCounted"/> means that many or more.</param>
internal sealed record DueTicks(IReadOnlyList<DateTimeOffset> Newest, int Count)
{
    /// <summary>Counting takes a step a tick, and a long outage of a short interval has millions.</summary>
    public const int MostCounted = 1000;

    /// <param name="spec">The schedule.</param>
    /// <param name="first">The first tick that is due. It stands in its row and need not be on the schedule's grid.</param>
    /// <param name="now">No tick is later than this.</param>
    /// <param name="most">Most ticks to return.</param>
    public static DueTicks Between(ScheduleSpec spec, DateTimeOffset first, DateTimeOffset now, int most)
    {
        var counted = new List<DateTimeOffset> { first };
        var next = spec.Next(first);
        while (next <= now && counted.Count < MostCounted)
        {
            counted.Add(next.Value);
            next = spec.Next(next.Value);
        }

        var rest = next <= now ? spec.Newest(counted[^1], now, most) : [];
        return new DueTicks([.. counted.Concat(rest).TakeLast(most)], Math.Min(counted.Count + rest.Count, MostCounted));
    }
}
