namespace TaskRunner.Broker;

/// <summary>A task to enqueue, and how.</summary>
/// <param name="Message">The task.</param>
public sealed record EnqueueRequest(TaskMessage Message)
{
    /// <summary>Time to wait in the broker before the task becomes ready; zero means at once.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How long the broker refuses a second task with the same id; zero means that ids are not remembered.</summary>
    public TimeSpan RememberId { get; init; }
}
