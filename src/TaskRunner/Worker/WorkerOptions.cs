namespace TaskRunner.Worker;

/// <summary>What one worker process does.</summary>
internal sealed record WorkerOptions
{
    /// <summary>First part of the worker's name; a random part is added at each start.</summary>
    public required string Name { get; init; }

    /// <summary>Queues it takes tasks from.</summary>
    public required IReadOnlyList<QueueShare> Queues { get; init; }

    /// <summary>From which of them it takes, when several have something.</summary>
    public QueueOrder Order { get; init; }

    /// <summary>How many tasks run at a time, 1 to 1000.</summary>
    public int Concurrency { get; init; } = 4;

    /// <summary>Time that running tasks get to finish after SIGTERM, before they are cancelled and put back.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(50);

    /// <summary>How long the broker waits for a heartbeat before others take over the tasks, 3 s to 10 min; renewed five times as often.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);
}
