using System.CommandLine;
using TaskRunner.Broker;

namespace TaskRunner.Cli.Inspect;

/// <summary><c>inspect active</c>: what workers hold.</summary>
internal sealed class ActiveVerb(VerbContext context)
    : ViewVerb<ActiveView>("active", "List the tasks that workers hold.", context, CliJson.Default.ActiveView)
{
    protected override async Task<ActiveView> ReadAsync(StoreConnections stores, ParseResult parsed, CancellationToken cancellationToken) =>
        new(await stores.Broker.ActiveAsync(cancellationToken));

    protected override string Show(ActiveView view) => TableOf(view.Tasks);

    internal static string TableOf(IEnumerable<ActiveTask> tasks)
    {
        var table = new Table("ID", "TASK", "QUEUE", "ATTEMPT", "REDELIVERIES", "WORKER");
        foreach (var task in tasks)
        {
            table.Add(task.Id.ToString(), task.Task, task.Queue, Cell.Of(task.Attempt), Cell.Of(task.Redeliveries), task.Worker);
        }

        return table.ToString();
    }
}
