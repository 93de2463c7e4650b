namespace TaskRunner.Beat;

/// <summary>When a schedule ticks, as it is written down: exactly one of <see cref="Cron"/>, <see cref="Every"/> and <see cref="Once"/> is set.</summary>
public sealed record ScheduleTiming
{
    /// <summary>The longest jitter.</summary>
    public static readonly TimeSpan LongestJitter = TimeSpan.FromDays(1);

    /// <summary>A cron expression.</summary>
    public string? Cron { get; init; }

    /// <summary>An interval, 50 ms to 366 days.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>A single instant.</summary>
    public DateTimeOffset? Once { get; init; }

    /// <summary>The instant that <see cref="Every"/> counts from, backwards too; null for the Unix epoch.</summary>
    public DateTimeOffset? Anchor { get; init; }

    /// <summary>Time zone of <see cref="Cron"/>, a name of the tz database.</summary>
    public string Timezone { get; init; } = "UTC";

    /// <summary>No tick is before it; null for no limit.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>No tick is after it; null for no limit.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>Each tick's task waits a part of this, the same whoever computes it; up to a day.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Rule for fixed times that a day does not have.</summary>
    public GapRule Gap { get; init; }

    /// <summary>Rule for fixed times that a day has twice.</summary>
    public RepeatRule Repeat { get; init; }

    /// <summary>Rule for days when <see cref="Cron"/> restricts both kinds.</summary>
    public DayMatch Days { get; init; }
}
