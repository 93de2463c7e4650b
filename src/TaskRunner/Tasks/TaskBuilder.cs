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

    /// <summary>
    /// Treats one type of exception in its own way. The first rule that fits an exception decides, so name derived types first; an exception that
    /// no rule fits follows <see cref="Retry"/>. <c>Retry(0).RetryOn&lt;HttpRequestException&gt;(5)</c> tries again after that one only.
    /// </summary>
    /// <typeparam name="TException">The type; those derived from it count too. A time limit that was over is a <see cref="TimeoutException"/>.</typeparam>
    /// <param name="times">Attempts after the first one, counted over all failures of the task; default those of <see cref="Retry"/>.</param>
    /// <param name="backoff">The waits; default those of <see cref="Retry"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative number.</exception>
    public TaskBuilder RetryOn<TException>(int? times = null, Backoff? backoff = null)
        where TException : Exception
    {
        ArgumentOutOfRangeException.ThrowIfNegative(times ?? 0, nameof(times));
        definition.RetryRules.Add(new RetryRule(typeof(TException), times, backoff));
        return this;
    }

    /// <summary>A task that fails with this type of exception is dead at once; see <see cref="RetryOn"/> for the order of rules.</summary>
    /// <typeparam name="TException">The type; those derived from it count too.</typeparam>
    public TaskBuilder DoNotRetry<TException>()
        where TException : Exception => RetryOn<TException>(0);

    /// <summary>
    /// Limits one attempt. After <paramref name="limit"/> its token is cancelled: it may tidy up and still return its output, or end and count as failed. After
    /// <paramref name="hard"/> it is abandoned: it counts as failed whatever it still does, its slot is free for another task, and what it returns later is ignored.
    /// An abandoned attempt goes on in its process until it ends by itself; a worker with too many of them asks to be restarted, see docs/operations.md.
    /// </summary>
    /// <param name="limit">More than zero.</param>
    /// <param name="hard">More than <paramref name="limit"/>; default: none, a task that ignores its token is waited for.</param>
    /// <exception cref="ArgumentOutOfRangeException">A time is out of range.</exception>
    public TaskBuilder TimeLimit(TimeSpan limit, TimeSpan? hard = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero);
        if (hard is { } end)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(end, limit, nameof(hard));
        }

        definition.TimeLimit = limit;
        definition.HardTimeLimit = hard;
        return this;
    }
}
