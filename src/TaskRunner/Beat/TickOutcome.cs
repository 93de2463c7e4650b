namespace TaskRunner.Beat;

/// <summary>What became of one tick of a schedule.</summary>
public enum TickOutcome
{
    /// <summary>Its task is in its queue.</summary>
    Enqueued,

    /// <summary>Its task had been enqueued before, by a beat that died before it could note so.</summary>
    Duplicate,

    /// <summary>One or more ticks were dropped by the catch-up policy; told once for each time that it happens.</summary>
    Skipped,

    /// <summary>The broker refuses this task, for example because its arguments are over the limit.</summary>
    Refused,
}
