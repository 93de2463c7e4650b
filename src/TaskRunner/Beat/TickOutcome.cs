namespace TaskRunner.Beat;

/// <summary>What became of one tick of a schedule.</summary>
public enum TickOutcome
{
    /// <summary>Its task is in its queue.</summary>
    Enqueued,

    /// <summary>Its task had been enqueued before, by a beat that died before it could note so.</summary>
    Duplicate,

    /// <summary>It never becomes a task, by its schedule's rule for missed or overlapping ticks.</summary>
    Skipped,

    /// <summary>It waits until the task of the tick before has finished.</summary>
    Buffered,

    /// <summary>The broker refuses this task, for example because its arguments are over the limit, or the rules of its type fail.</summary>
    Refused,

    /// <summary>The broker had lost its task, and has it again.</summary>
    Resent,
}
