namespace TaskRunner.Beat;

/// <summary>What a sync did, by name of schedule; what is in none of the lists was as declared before.</summary>
public sealed record ScheduleSyncReport(IReadOnlyList<string> Added, IReadOnlyList<string> Updated, IReadOnlyList<string> Removed)
{
    /// <summary>The set that stays in force in place of the one that was to be applied; null when it was applied.</summary>
    public string? YieldsTo { get; init; }

    /// <summary>Schedules that something added to the tables refuses, a trigger or a constraint, and why; they stay as they were.</summary>
    internal Dictionary<string, string> Refused { get; init; } = [];
}
