namespace TaskRunner.Broker;

/// <summary>A task to enqueue, and how.</summary>
/// <param name="Message">The task.</param>
public sealed record EnqueueRequest(TaskMessage Message)
{
    /// <summary>How long ids are remembered that a caller chose: long enough to repeat a call whose answer was lost.</summary>
    public static readonly TimeSpan RememberGivenId = TimeSpan.FromHours(1);

    /// <summary>Time to wait in the broker before the task becomes ready; zero means at once.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How long the broker refuses a second task with the same id; zero means that ids are not remembered. <see cref="RememberGivenId"/> is right for an id that the caller chose.</summary>
    public TimeSpan RememberId { get; init; }

    /// <summary>
    /// Time after which the task is not started any more, counted from now by the broker's clock; null means that it never expires. Takes the place of
    /// <see cref="TaskRules.ExpiresAt"/>.
    /// </summary>
    public TimeSpan? Expires { get; init; }

    /// <summary>What becomes of the task when its unique key is held by another one.</summary>
    public UniqueConflict OnConflict { get; init; }

    /// <summary>
    /// The longest time that the task may hold its unique key, counted from when it becomes ready, 1 s to 30 days: then the key is free, whatever
    /// became of the task.
    /// </summary>
    public TimeSpan UniqueFor { get; init; } = TimeSpan.FromDays(1);

    /// <summary>The same with a trace, where the message has none of its own yet.</summary>
    internal EnqueueRequest WithTrace(TraceContext? trace) =>
        trace is null || Message.Trace is not null ? this : this with { Message = Message with { Trace = trace } };
}
