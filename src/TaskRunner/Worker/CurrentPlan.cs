namespace TaskRunner.Worker;

/// <summary>
/// The plan that a worker follows, and the queues in which it holds a lease. Written by the heartbeat's thread alone, read by everyone:
/// a reader that keeps a plan sees by reference that there is a newer one.
/// </summary>
internal sealed class CurrentPlan(WorkerPlan start)
{
    private volatile WorkerPlan plan = start;
    private volatile IReadOnlyList<string> leased = [.. start.Queues.Select(q => q.Name)];

    public WorkerPlan Plan => plan;

    /// <summary>Every queue that it took from in its life: a queue that it takes from no more may still have tasks that it runs.</summary>
    public IReadOnlyList<string> LeasedQueues => leased;

    /// <summary>Follows another plan; new queues must have been leased.</summary>
    public void Follow(WorkerPlan next)
    {
        leased = [.. leased.Union(next.Queues.Select(q => q.Name), StringComparer.Ordinal)];
        plan = next;
    }
}
