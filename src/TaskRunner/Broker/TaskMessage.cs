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
}
