namespace TaskRunner;

/// <summary>One type of task: its name, what it does, and how it is treated.</summary>
internal sealed class TaskDefinition(string name, Func<TaskContext, CancellationToken, Task<string?>> run)
{
    public string Name => name;

    /// <summary>Runs one attempt and returns its output as JSON text, null for none.</summary>
    public Func<TaskContext, CancellationToken, Task<string?>> Run => run;

    public string Queue { get; set; } = "default";

    public int Priority { get; set; } = 5;

    /// <summary>Attempts after the first one.</summary>
    public int Retries { get; set; } = 3;

    public Backoff Backoff { get; set; } = Backoff.Exponential();

    /// <summary>Rules for types of exceptions, in order; the first that fits decides.</summary>
    public List<RetryRule> RetryRules { get; } = [];

    /// <summary>After this the attempt's token is cancelled.</summary>
    public TimeSpan? TimeLimit { get; set; }

    /// <summary>How fast tasks of this type start, in the whole cluster; null for no limit.</summary>
    public RateLimit? RateLimit { get; set; }

    /// <summary>Rules for tasks that are enqueued by a program that maps this type.</summary>
    public TaskDefaults Defaults { get; } = new();

    /// <summary>After this the attempt is abandoned.</summary>
    public TimeSpan? HardTimeLimit { get; set; }

    /// <summary>How long a task waits after a failure.</summary>
    /// <param name="failure">What the attempt threw. Rules see what wrappers carry: see <see cref="ExceptionChain.Layers"/>.</param>
    /// <param name="failures">How many attempts have failed, this one included.</param>
    /// <param name="random">Source of the jitter.</param>
    /// <returns>Null when it gives up.</returns>
    public TimeSpan? WaitAfter(Exception failure, int failures, Random random)
    {
        if (failure is OutputException || ExceptionChain.Layers(failure).Any(e => e is PermanentFailureException))
        {
            return null;
        }

        var rule = RetryRules.Find(r => ExceptionChain.Layers(failure).Any(r.Exception.IsInstanceOfType));
        return failures > (rule?.Retries ?? Retries) ? null : (rule?.Backoff ?? Backoff).After(failures, random);
    }
}
