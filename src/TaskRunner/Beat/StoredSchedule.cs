namespace TaskRunner.Beat;

/// <summary>A schedule as it stands in the table.</summary>
internal sealed record StoredSchedule
{
    /// <summary>What it is; queue, priority and enabled are set.</summary>
    public required ScheduleDeclaration Schedule { get; init; }

    public required Guid Id { get; init; }

    /// <summary><c>hand</c>, <c>declared</c> or <c>celery</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Nominal time of the next tick; null when it is to be computed or when there is none.</summary>
    public DateTimeOffset? NextDue { get; init; }

    /// <summary>Nominal time of the last tick that became a task.</summary>
    public DateTimeOffset? LastDue { get; init; }

    /// <summary>Why it does not run; null when it does.</summary>
    public string? Problem { get; init; }

    /// <summary>Which of its columns cannot be used, and stand at their defaults here; null when all can.</summary>
    public string? Unreadable { get; init; }

    public string? PausedReason { get; init; }

    public string? PausedBy { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}
