using System.CommandLine;

namespace TaskRunner.Cli.Inspect;

/// <summary><c>inspect scheduled</c>: delayed tasks and retries, and when they are due.</summary>
internal sealed class ScheduledVerb : ViewVerb<ScheduledView>
{
    private readonly Option<string?> queue = new("--queue", "-q") { Description = "Only this queue" };
    private readonly Option<int> limit = new("--limit") { Description = "How many of each queue at most, the earliest first, 1 to 10000", DefaultValueFactory = _ => 100 };

    public ScheduledVerb(VerbContext context)
        : base("scheduled", "List delayed tasks and retries, and when they are due.", context, CliJson.Default.ScheduledView)
    {
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 10_000)
            {
                result.AddError("--limit must be from 1 to 10000.");
            }
        });
        Options.Add(queue);
        Options.Add(limit);
    }

    protected override async Task<ScheduledView> ReadAsync(StoreConnections stores, ParseResult parsed, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> queues = parsed.GetValue(queue) is { } one ? [one] : await stores.Broker.QueuesAsync(cancellationToken);
        var lists = await Task.WhenAll(queues.Select(name => stores.Broker.ScheduledAsync(name, parsed.GetValue(limit), cancellationToken)));
        return new ScheduledView([.. lists.SelectMany(l => l).OrderBy(t => t.DueAt)]);
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
