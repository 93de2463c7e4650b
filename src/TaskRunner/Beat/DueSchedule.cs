namespace TaskRunner.Beat;

/// <summary>A row of <c>schedules</c> that is locked by this beat because it is due, or because its next tick is to be computed.</summary>
internal sealed record DueSchedule
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public string? Cron { get; init; }

    public long? EveryMilliseconds { get; init; }

    public required string Timezone { get; init; }

    public required string Task { get; init; }

    public required string Queue { get; init; }

    public required int Priority { get; init; }

    public required string Arguments { get; init; }

    public required CatchUp CatchUp { get; init; }

    /// <summary>Nominal time of the tick that is due; null when it is to be computed.</summary>
    public DateTimeOffset? NextDue { get; init; }
}
