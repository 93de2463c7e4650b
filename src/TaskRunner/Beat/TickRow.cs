namespace TaskRunner.Beat;

/// <summary>What is written down about one tick.</summary>
internal sealed record TickRow(
    DateTimeOffset Nominal,
    Guid? TaskId,
    string State,
    string? Reason,
    DateTimeOffset CreatedAt,
    DateTimeOffset? SentAt,
    int Resent,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    string? Outcome,
    int MissedCount,
    DateTimeOffset? MissedSince);
