using TaskRunner.Broker;

namespace TaskRunner;

/// <summary>Says how a task type is treated; returned by <see cref="TaskRunnerApp"/> when the type is mapped.</summary>
public sealed class TaskBuilder
{
    private readonly TaskDefinition definition;

    internal TaskBuilder(TaskDefinition definition) => this.definition = definition;

    /// <summary>The queue that <c>enqueue</c> uses when none is named; default <c>default</c>.</summary>
    /// <param name="name">1 to 100 letters, digits, dots, dashes or underscores.</param>
    /// <exception cref="ArgumentException">The name is not allowed.</exception>
    public TaskBuilder Queue(string name)
    {
        QueueName.ThrowIfInvalid(name);
        definition.Queue = name;
        return this;
    }

    /// <summary>The priority that <c>enqueue</c> uses when none is given; default 5.</summary>
    /// <param name="value">0 (lowest) to 9 (highest).</param>
    /// <exception cref="ArgumentOutOfRangeException">Out of range.</exception>
    public TaskBuilder Priority(int value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, QueueKeys.HighestPriority);
        definition.Priority = value;
        return this;
    }

    /// <summary>How often and at what pace a failed task runs again; default 3 times with exponential backoff.</summary>
    /// <param name="times">Attempts after the first one; 0 for none.</param>
    /// <param name="backoff">The waits; default exponential.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative number.</exception>
    public TaskBuilder Retry(int times, Backoff? backoff = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(times);
        definition.Retries = times;
        definition.Backoff = backoff ?? definition.Backoff;
        return this;
    }

    /// <summary>Longest time for one attempt; then its token is cancelled and the attempt counts as failed. Default: none.</summary>
    /// <param name="limit">More than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TaskBuilder TimeLimit(TimeSpan limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero);
        definition.TimeLimit = limit;
        return this;
    }
}
