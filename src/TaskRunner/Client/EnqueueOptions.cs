using TaskRunner.Broker;

namespace TaskRunner;

/// <summary>How one task, or each of several, is enqueued. What is not set follows the task's route, else queue <c>default</c> and priority 5.</summary>
public sealed record EnqueueOptions
{
    /// <summary>
    /// Identity of the task; null for a new one. With an id of your own a call whose outcome is unknown may be repeated for an hour: the second
    /// one is answered with <see cref="EnqueueStatus.Duplicate"/>.
    /// </summary>
    public Guid? Id { get; init; }

    /// <summary>Queue: 1 to 100 letters, digits, dots, dashes or underscores.</summary>
    public string? Queue { get; init; }

    /// <summary>0 (lowest) to 9 (highest).</summary>
    public int? Priority { get; init; }

    /// <summary>Time to wait in the broker before the task may run, zero to a year.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Moment from which the task may run, by this process's clock; one in the past means at once. Takes the place of <see cref="Delay"/>.</summary>
    public DateTimeOffset? At { get; init; }

    /// <inheritdoc cref="EnqueueRequest.Expires"/>
    public TimeSpan? Expires { get; init; }

    /// <summary>Unique key, concurrency limit and rate that the broker keeps for the task.</summary>
    public TaskRules? Rules { get; init; }

    /// <summary>What happens when another task holds the unique key; null for what is known of the type, else <see cref="UniqueConflict.Reject"/>.</summary>
    public UniqueConflict? OnConflict { get; init; }

    /// <inheritdoc cref="TaskMessage.KeepResult"/>
    public TimeSpan KeepResult { get; init; }

    /// <inheritdoc cref="EnqueueRequest.UniqueFor"/>
    public TimeSpan? UniqueFor { get; init; }
}
