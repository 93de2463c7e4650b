namespace TaskRunner.Worker;

/// <summary>What a worker does now: as it was configured, changed by <c>control</c> since.</summary>
/// <param name="Concurrency">How many tasks run at a time, 1 to 1000.</param>
/// <param name="Order">From which queue it takes, when several have something.</param>
/// <param name="Queues">Queues it takes from; none when <c>control cancel-consumer</c> took the last one away.</param>
internal sealed record WorkerPlan(int Concurrency, QueueOrder Order, IReadOnlyList<QueueShare> Queues)
{
    public const int HighestConcurrency = 1000;

    /// <summary>As settings write it.</summary>
    public string QueueText => string.Join(',', Queues);

    public static WorkerPlan Of(WorkerOptions options) => new(options.Concurrency, options.Order, [.. options.Queues]);
}
