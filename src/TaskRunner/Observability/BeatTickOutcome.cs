namespace TaskRunner.Observability;

/// <summary>What became of one tick of a schedule.</summary>
internal enum BeatTickOutcome
{
    Enqueued,

    /// <summary>Another beat, or this one before a crash, had enqueued it.</summary>
    Duplicate,

    /// <summary>Missed while no beat ran, and not to be caught up.</summary>
    Skipped,

    /// <summary>Could not be enqueued; it is tried again.</summary>
    Failed,
}
