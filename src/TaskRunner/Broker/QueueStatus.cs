namespace TaskRunner.Broker;

/// <summary>How full one queue is.</summary>
/// <param name="Name">The queue.</param>
/// <param name="Waiting">Ready tasks.</param>
/// <param name="Delayed">Tasks whose time has not come, retries among them.</param>
/// <param name="Running">Tasks that workers hold.</param>
/// <param name="Dead">Tasks that gave up.</param>
/// <param name="Workers">Workers with a live lease.</param>
/// <param name="Paused">Whether nothing is fetched.</param>
/// <param name="Parked">Tasks that wait for a limit, or for a worker that knows how to run them.</param>
/// <param name="Expired">Tasks that ended because their time to live was over, ever.</param>
/// <param name="Cancelled">Tasks that ended because they were cancelled, ever.</param>
internal sealed record QueueStatus(string Name, long Waiting, long Delayed, long Running, long Dead, int Workers, bool Paused, long Parked, long Expired, long Cancelled)
{
    /// <summary>Why, by whom and since when nothing is fetched; null when the queue is not paused.</summary>
    public QueuePause? Pause { get; init; }
}

/// <summary>A task that a worker holds.</summary>
internal sealed record ActiveTask(Guid Id, string Task, string Queue, string Worker, int Attempt, int Redeliveries);

/// <summary>A task that waits for its time.</summary>
/// <param name="Attempt">Attempts that failed; more than 0 for a retry.</param>
/// <param name="DueAt">When it becomes ready, by the broker's clock.</param>
internal sealed record ScheduledTask(Guid Id, string Task, string Queue, int Priority, int Attempt, DateTimeOffset DueAt);

/// <summary>A worker with a live lease.</summary>
/// <param name="Description">What it told of itself; null when it told nothing yet.</param>
/// <param name="HeartbeatAge">Time since it last renewed its lease.</param>
internal sealed record LiveWorker(string Name, WorkerDescription? Description, TimeSpan HeartbeatAge);
