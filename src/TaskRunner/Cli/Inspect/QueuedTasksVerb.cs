using System.CommandLine;
using TaskRunner.Broker;

namespace TaskRunner.Cli.Inspect;

/// <summary><c>inspect waiting</c> and <c>inspect parked</c>: the tasks that nobody runs yet, and what parked ones wait for.</summary>
internal sealed class QueuedTasksVerb : ViewVerb<QueuedTasksView>
{
    private readonly QueueOption queue = new("Only this queue (default: all)");
    private readonly NumberOption limit = new("--limit", "How many in all at most, 1 to 10000 (default: 100)", 1, 10_000);
    private readonly Func<RedisBroker, string, int, CancellationToken, Task<IReadOnlyList<QueuedTask>>> read;
    private readonly bool showsWhy;

    private QueuedTasksVerb(
        string name, string description, bool showsWhy, Func<RedisBroker, string, int, CancellationToken, Task<IReadOnlyList<QueuedTask>>> read, VerbContext context)
        : base(name, description, context, CliJson.Default.QueuedTasksView)
    {
        this.read = read;
        this.showsWhy = showsWhy;
        Options.Add(queue);
        Options.Add(limit);
    }

    public static QueuedTasksVerb Waiting(VerbContext context) => new(
        "waiting", "List ready tasks in the order in which they are fetched.", showsWhy: false, static (broker, name, most, stop) => broker.WaitingAsync(name, most, stop), context);

    public static QueuedTasksVerb Parked(VerbContext context) => new(
        "parked", "List parked tasks and what they wait for: a limit, or a worker that knows them.", showsWhy: true, static (broker, name, most, stop) => broker.ParkedAsync(name, most, stop), context);

    protected override async Task<QueuedTasksView> ReadAsync(StoreConnections stores, ParseResult parsed, CancellationToken cancellationToken)
    {
        var most = limit.ValueIn(parsed) ?? 100;
        var found = new List<QueuedTask>();
        foreach (var name in queue.ValueIn(parsed) is { } one ? [one] : await stores.Broker.BusyQueuesAsync(cancellationToken))
        {
            if (found.Count == most)
            {
                break;
            }

            found.AddRange(await read(stores.Broker, name, most - found.Count, cancellationToken));
        }

        return new QueuedTasksView(found);
    }

    protected override string Show(QueuedTasksView view)
    {
        var table = new Table(["ID", "TASK", "QUEUE", "PRIORITY", "ATTEMPTS", "ENQUEUED", .. showsWhy ? ["WAITS FOR"] : Array.Empty<string>()]);
        foreach (var task in view.Tasks)
        {
            table.Add(
            [
                task.Id, task.Task ?? "(unreadable)", task.Queue, Cell.Of(task.Priority), Cell.Of(task.Attempts), task.EnqueuedAt is { } at ? Cell.Of(at) : "",
                .. showsWhy ? [task.WaitsFor ?? ""] : Array.Empty<string>(),
            ]);
        }

        return table.ToString();
    }
}
