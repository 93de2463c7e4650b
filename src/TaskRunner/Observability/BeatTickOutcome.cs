namespace TaskRunner.Observability;

/// <summary>What became of one tick of a schedule.</summary>
internal enum BeatTickOutcome
{
    Enqueued,

    /// <summary>Another beat, or this one before a crash, had enqueued it.</summary>
    Duplicate,

    /// <summary>Never becomes a task, by its schedule's rule for missed or overlapping ticks.</summary>
    Skipped,

    /// <summary>Waits until the task of the tick before has finished.</summary>
    Buffered,

    /// <summary>Enqueued again, because the broker had lost it.</summary>
    Resent,

    /// <summary>The broker refuses its task for what it is, or the rules of its task type fail.</summary>
    Failed,
}
