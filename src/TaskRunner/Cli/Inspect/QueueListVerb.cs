using System.CommandLine;

namespace TaskRunner.Cli.Inspect;

/// <summary><c>inspect queues</c>, and <c>queues list</c>: how full queues are.</summary>
internal sealed class QueueListVerb(VerbContext context, string name = "queues")
    : ViewVerb<QueuesView>(name, "List queues and how full they are.", context, CliJson.Default.QueuesView)
{
    protected override Task<QueuesView> ReadAsync(StoreConnections stores, ParseResult parsed, CancellationToken cancellationToken) => ReadAsync(stores, cancellationToken);

    protected override string Show(QueuesView view) => TableOf(view);

    internal static async Task<QueuesView> ReadAsync(StoreConnections stores, CancellationToken cancellationToken)
    {
        var names = await stores.Broker.QueuesAsync(cancellationToken);
        return new QueuesView(await stores.Broker.StatusesAsync(names, cancellationToken));
    }

    internal static string TableOf(QueuesView view)
    {
        var table = new Table("QUEUE", "WAITING", "DELAYED", "PARKED", "RUNNING", "DEAD", "WORKERS", "PAUSED");
        foreach (var queue in view.Queues)
        {
            table.Add([queue.Name, .. new[] { queue.Waiting, queue.Delayed, queue.Parked, queue.Running, queue.Dead, queue.Workers }.Select(n => Cell.Of(n)), queue.Paused ? $"yes{queue.Pause}" : "no"]);
        }

        return table.ToString();
    }
}
