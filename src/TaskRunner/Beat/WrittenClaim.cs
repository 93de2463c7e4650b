namespace TaskRunner.Beat;

/// <summary>What a claim wrote.</summary>
/// <param name="Now">The time of the database.</param>
/// <param name="Plans">What became of each schedule that was moved.</param>
/// <param name="Ticks">The ticks that are rows by this claim and are to be enqueued.</param>
/// <param name="IsMore">Whether more may be due now.</param>
/// <param name="Wait">The time until the next schedule is due; null when none is in sight.</param>
internal sealed record WrittenClaim(DateTimeOffset Now, IReadOnlyList<TickPlan> Plans, IReadOnlyList<Tick> Ticks, bool IsMore, TimeSpan? Wait)
{
    /// <summary>Timestamp from before the database was asked for its time.</summary>
    public long Asked { get; init; }

    /// <summary>Timestamp from after it had told it; 0 when it was not asked.</summary>
    public long Answered { get; init; }

    /// <summary>Whether there are schedules of a kind that the claim left out.</summary>
    public bool IsBehind { get; init; }

    /// <summary>Whether any schedule that is set aside is to be tried again.</summary>
    public bool IsAnyAgain { get; init; }

    /// <summary>Nothing was due, or nothing could be taken.</summary>
    public static WrittenClaim Nothing(bool isMore) => new(DateTimeOffset.MinValue, [], [], isMore, null);

    /// <summary>Both together.</summary>
    public WrittenClaim And(WrittenClaim other) => new(
        Answered == 0 ? other.Now : Now,
        [.. Plans, .. other.Plans],
        [.. Ticks, .. other.Ticks],
        IsMore || other.IsMore,
        other.Wait ?? Wait)
    {
        IsBehind = IsBehind || other.IsBehind,
        IsAnyAgain = IsAnyAgain || other.IsAnyAgain,
        Asked = Answered == 0 ? other.Asked : Asked,
        Answered = Answered == 0 ? other.Answered : Answered,
    };
}
