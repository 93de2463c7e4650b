using System.CommandLine;
using TaskRunner.Broker;

namespace TaskRunner.Cli.Inspect;

/// <summary><c>inspect scheduled</c>: delayed tasks and retries, and when they are due.</summary>
internal sealed class ScheduledVerb : ViewVerb<ScheduledView>
{
    private readonly QueueOption queue = new("Only this queue");
    private readonly NumberOption limit = new("--limit", "How many of each queue at most, the earliest first, 1 to 10000 (default: 100)", 1, 10_000);

    public ScheduledVerb(VerbContext context)
        : base("scheduled", "List delayed tasks and retries, and when they are due.", context, CliJson.Default.ScheduledView)
    {
        Options.Add(queue);
        Options.Add(limit);
    }

    protected override async Task<ScheduledView> ReadAsync(StoreConnections stores, ParseResult parsed, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> queues = queue.ValueIn(parsed) is { } one ? [one] : await stores.Broker.BusyQueuesAsync(cancellationToken);
        var found = new List<ScheduledTask>();
        foreach (var part in queues.Chunk(200))
        {
            var lists = await Task.WhenAll(part.Select(name => stores.Broker.ScheduledAsync(name, limit.ValueIn(parsed) ?? 100, cancellationToken)));
            found.AddRange(lists.SelectMany(l => l));
        }

        return new ScheduledView([.. found.OrderBy(t => t.DueAt)]);
    }

    protected override string Show(ScheduledView view)
    {
        var table = new Table("ID", "TASK", "QUEUE", "PRIORITY", "ATTEMPT", "DUE");
        foreach (var task in view.Tasks)
        {
            table.Add(task.Id.ToString(), task.Task, task.Queue, Cell.Of(task.Priority), Cell.Of(task.Attempt), Cell.Of(task.DueAt));
        }

        return table.ToString();
    }
}
