namespace TaskRunner.Beat;

/// <summary>Schedules that are locked.</summary>
/// <param name="Now">The time of the database.</param>
/// <param name="Due">The schedules.</param>
/// <param name="IsMore">Whether there may be more of them.</param>
/// <param name="Wait">The time until the next one is due; null when none is in sight.</param>
internal sealed record Claim(DateTimeOffset Now, IReadOnlyList<DueSchedule> Due, bool IsMore, TimeSpan? Wait)
{
    /// <summary>Whether it took schedules as if none were set aside, and some are: it is made again.</summary>
    public bool IsStale { get; init; }

    /// <summary>Whether there are schedules of a kind that this claim left out.</summary>
    public bool IsBehind { get; init; }

    /// <summary>Whether any schedule that is set aside is to be tried again.</summary>
    public bool IsAnyAgain { get; init; }
}
