namespace TaskRunner.Beat;

/// <summary>How many schedules there are in each state; each is in one.</summary>
/// <param name="Enabled">They tick.</param>
/// <param name="Paused">They are not enabled.</param>
/// <param name="Ended">Their last tick is over.</param>
/// <param name="Broken">They do not tick until somebody edits them; the column <c>problem</c> says why.</param>
public sealed record ScheduleCounts(long Enabled, long Paused, long Ended, long Broken)
{
    /// <summary>Of those that are enabled: their next time was found by a clock of the database that was ahead, and they stand still until that is set right.</summary>
    public long Ahead { get; init; }
}
