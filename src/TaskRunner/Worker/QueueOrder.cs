namespace TaskRunner.Worker;

/// <summary>From which queue a worker with room for a task takes it, when several have one.</summary>
internal enum QueueOrder
{
    /// <summary>All queues get the same share of the tasks that start.</summary>
    Fair,

    /// <summary>Queues get shares by their weights.</summary>
    Weighted,

    /// <summary>The queue named first, as long as it has a task; then the next one.</summary>
    Strict,
}
