namespace TaskRunner.Broker;

/// <summary>One unit of work as it travels from the producer through the broker to a worker.</summary>
public sealed record TaskMessage
{
    /// <summary>Identity of the task, unique for ever; a second enqueue with the same id is refused while the broker remembers it.</summary>
    public required Guid Id { get; init; }

    /// <summary>Name of the task type, for example <c>pricing.fetch_gold_rates</c>: 1 to 200 characters.</summary>
    public required string Task { get; init; }

    /// <summary>Queue that carries the task.</summary>
    public string Queue { get; init; } = "default";

    /// <summary>0 (lowest) to 9 (highest); within a queue a higher priority always runs first.</summary>
    public int Priority { get; init; } = 5;

    /// <summary>Arguments as UTF-8 JSON.</summary>
    public ReadOnlyMemory<byte> Arguments { get; init; } = "{}"u8.ToArray();

    /// <summary>When the producer enqueued it, UTC.</summary>
    public DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>Attempts already used up by failures; a task interrupted by a deploy or a crash uses none.</summary>
    public int Attempt { get; init; }

    /// <summary>How often the task was taken back from a worker that died, 0 to 99; counted by the broker.</summary>
    public int Redeliveries { get; init; }

    /// <summary>Name of the schedule whose tick this task is, if any.</summary>
    public string? Schedule { get; init; }

    /// <summary>Rules that the broker keeps for the task, if any.</summary>
    public TaskRules? Rules { get; init; }

    /// <summary>Longest time that a result can be kept in the broker.</summary>
    public static readonly TimeSpan LongestKeep = TimeSpan.FromDays(7);

    /// <summary>How long the final result is also kept in the broker, for producers that await it without a database; zero for not at all, 7 days at most.</summary>
    public TimeSpan KeepResult { get; init; }

    /// <summary>The trace that the task belongs to; taken from <see cref="System.Diagnostics.Activity.Current"/> at enqueue when it is not set.</summary>
    public TraceContext? Trace { get; init; }

    /// <summary>What this task is a part of, and what follows it, as the flow's own JSON.</summary>
    internal string? Flow { get; init; }

    /// <summary>What the step before it in a flow returned, as JSON; empty for none.</summary>
    internal ReadOnlyMemory<byte> Input { get; init; }
}
