using Microsoft.Extensions.Logging;
using TaskRunner.Broker;

namespace TaskRunner.Worker;

/// <summary>
/// Carries out what <c>control</c> asks of this worker. Runs on the heartbeat's thread, so it works while user code blocks every
/// other one. A wish is a state, not an event: carrying it out twice changes nothing.
/// </summary>
internal sealed partial class ControlFollower(CurrentPlan current, WorkerLease lease, TaskRegistry registry, WorkerOptions options, string version, TimeProvider time, ILogger logger)
{
    private readonly TaskCompletionSource shutdown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string followed = "";
    private string? objection;

    /// <summary>Completes when somebody asked the worker to drain and end.</summary>
    public Task ShutdownAsked => shutdown.Task;

    /// <summary>What the worker tells of itself.</summary>
    public WorkerDescription Describe(string worker)
    {
        var plan = current.Plan;
        return new WorkerDescription(worker, Environment.MachineName, [.. plan.Queues.Select(q => q.Name)], plan.Concurrency, time.GetUtcNow(), version)
        {
            Order = QueueOrderName.Of(plan.Order),
            Weights = plan.Queues.Where(q => q.Weight != 1).ToDictionary(q => q.Name, q => q.Weight, StringComparer.Ordinal),
            Tasks = [.. registry.Names.Order(StringComparer.Ordinal)],
            Revision = followed,
            Objection = objection,
        };
    }

    /// <summary>Follows a wish, if it is a new one. New queues are leased before the fetcher hears of them.</summary>
    public void Follow(WorkerDescription described, WorkerControl wish)
    {
        if (wish.Revision.Length == 0 || wish.Revision == followed)
        {
            return;
        }

        var next = PlanChange.Apply(current.Plan, wish, out var refused);
        lease.Take(described.Name, [.. next.Queues.Select(q => q.Name).Except(current.LeasedQueues, StringComparer.Ordinal)]);
        current.Follow(next);
        followed = wish.Revision;
        objection = refused;
        lease.Describe(Describe(described.Name) with { StartedAt = described.StartedAt });
        LogFollowed(logger, options.Name, next.QueueText, QueueOrderName.Of(next.Order), next.Concurrency);
        if (wish.Shutdown)
        {
            LogShutdown(logger, options.Name);
            shutdown.TrySetResult();
        }
    }

    [LoggerMessage(LogLevel.Information, "Worker {Name} was told to change: queues {Queues}, order {Order}, concurrency {Concurrency}")]
    private static partial void LogFollowed(ILogger logger, string name, string queues, string order, int concurrency);

    [LoggerMessage(LogLevel.Information, "Worker {Name} was told to shut down: it drains")]
    private static partial void LogShutdown(ILogger logger, string name);
}
