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

    /// <summary>Tasks of this type are not started any more after this time, counted from when they were enqueued. Default: they never expire.</summary>
    /// <param name="after">1 ms to ten years.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of range.</exception>
    public TaskBuilder Expires(TimeSpan after)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(after, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(after, EnqueueRules.LongestTime);
        definition.Defaults.Expires = after;
        return this;
    }

    /// <summary>Of this type there is one task with the same arguments at a time. Default: any number.</summary>
    /// <param name="until">When the next one is accepted.</param>
    /// <param name="onConflict">What becomes of a second one.</param>
    /// <param name="key">What they must have in common instead of type and arguments: the text of the arguments to a key of 1 to 200 characters.</param>
    /// <param name="upTo">Longest time that a task may keep others out, counted from when it becomes ready, 1 s to 30 days; default one day.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of range.</exception>
    public TaskBuilder Unique(UniqueUntil until = UniqueUntil.Done, UniqueConflict onConflict = UniqueConflict.Reject, Func<ReadOnlyMemory<byte>, string>? key = null, TimeSpan? upTo = null)
    {
        if (upTo is { } hold)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(hold, TimeSpan.FromSeconds(1), nameof(upTo));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(hold, EnqueueRules.LongestHold, nameof(upTo));
        }

        definition.Defaults.UniqueKey = key ?? TaskDefaults.KeyOfArguments(definition.Name);
        definition.Defaults.UniqueUntil = until;
        definition.Defaults.OnConflict = onConflict;
        definition.Defaults.UniqueFor = upTo;
        return this;
    }

    /// <summary>Of this type so many tasks run at a time in the whole cluster; the others wait in the broker. Default: as many as workers have room for.</summary>
    /// <param name="limit">1 to 1,000,000.</param>
    /// <param name="key">Counts tasks with the same key apart, for example one count a customer: the text of the arguments to a key of 1 to 200 characters.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is out of range.</exception>
    public TaskBuilder Concurrency(int limit, Func<ReadOnlyMemory<byte>, string>? key = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 1_000_000);
        definition.Defaults.ConcurrencyKey = key ?? (_ => definition.Name);
        definition.Defaults.ConcurrencyLimit = limit;
        return this;
    }

    /// <summary>
    /// How fast tasks of this type start in the whole cluster, whoever enqueues them; counted for each queue. Workers set it when they start, and
    /// <c>control rate-limit</c> overrides it. Default: no limit.
    /// </summary>
    /// <param name="count">Starts, 1 to 1,000,000, spread evenly.</param>
    /// <param name="per">In this time, 1 ms to 30 days.</param>
    /// <exception cref="ArgumentOutOfRangeException">Count or time is out of range.</exception>
    public TaskBuilder RateLimit(int count, TimeSpan per)
    {
        var limit = new RateLimit(count, per);
        if (!limit.IsValid)
        {
            throw new ArgumentOutOfRangeException(nameof(count), $"{count} in {per} is out of range: 1 to 1,000,000 in 1 ms to 30 days.");
        }

        definition.RateLimit = limit;
        return this;
    }
}
