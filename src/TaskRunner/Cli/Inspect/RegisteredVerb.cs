using System.CommandLine;

namespace TaskRunner.Cli.Inspect;

/// <summary><c>inspect registered</c>: the task types that each worker can run.</summary>
internal sealed class RegisteredVerb(VerbContext context)
    : ViewVerb<RegisteredView>("registered", "List the task types that workers can run.", context, CliJson.Default.RegisteredView)
{
    protected override async Task<RegisteredView> ReadAsync(StoreConnections stores, ParseResult parsed, CancellationToken cancellationToken) =>
        new([.. (await stores.Broker.WorkersAsync(stores.Settings.Lease, cancellationToken)).Select(w => new RegisteredWorkerView(w.Name, w.Description?.Tasks ?? []))]);

    protected override string Show(RegisteredView view)
    {
        var table = new Table("WORKER", "TASK");
        foreach (var worker in view.Workers)
        {
            foreach (var task in worker.Tasks)
            {
                table.Add(worker.Worker, task);
            }
        }

        return table.ToString();
    }
}
