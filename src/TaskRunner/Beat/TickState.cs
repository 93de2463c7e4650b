namespace TaskRunner.Beat;

/// <summary>Where a tick stands, as it is written in the table <c>ticks</c>.</summary>
internal static class TickState
{
    /// <summary>It is to be enqueued.</summary>
    public const string Pending = "pending";

    /// <summary>It waits until the task of the tick before has finished.</summary>
    public const string Buffered = "buffered";

    /// <summary>The broker has its task.</summary>
    public const string Sent = "sent";

    /// <summary>The result of its task is known.</summary>
    public const string Ran = "ran";

    /// <summary>It never becomes a task, by a rule of its schedule.</summary>
    public const string Skipped = "skipped";

    /// <summary>The broker refuses its task for what it is, or the rules of its task type fail.</summary>
    public const string Refused = "refused";
}
