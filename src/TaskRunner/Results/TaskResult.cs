namespace TaskRunner.Results;

/// <summary>What is known of one task: its state, output, error, attempts and times.</summary>
public sealed record TaskResult
{
    public required Guid Id { get; init; }

    public required string Task { get; init; }

    public required string Queue { get; init; }

    public required TaskState State { get; init; }

    /// <summary>What the task returned, as JSON text; null when it returned nothing or has not finished.</summary>
    public string? Output { get; init; }

    /// <summary>Why the last attempt failed, with what was inside its exception, at most 8,192 characters; null when it did not fail.</summary>
    public string? Error { get; init; }

    /// <summary>Where the last attempt failed: the stack traces of its exception and of those inside it, at most 8,192 characters; null when nothing is known.</summary>
    public string? Stack { get; init; }

    /// <summary>Attempts used, this one included.</summary>
    public int Attempts { get; init; }

    /// <summary>How often the task was taken back from a worker that died.</summary>
    public int Redeliveries { get; init; }

    /// <summary>Incarnation of the worker that ran it last.</summary>
    public string? Worker { get; init; }

    public DateTimeOffset EnqueuedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }
}
