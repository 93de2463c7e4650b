using System.CommandLine;

namespace TaskRunner.Cli.Inspect;

/// <summary><c>inspect stats</c>: what each worker told with its last heartbeat. A worker that hangs shows an old one.</summary>
internal sealed class StatsVerb(VerbContext context)
    : ViewVerb<StatsView>("stats", "Show what each worker does: tasks, memory, processor time.", context, CliJson.Default.StatsView)
{
    protected override Task<StatsView> ReadAsync(StoreConnections stores, ParseResult parsed, CancellationToken cancellationToken) => ReadAsync(stores, cancellationToken);

    protected override string Show(StatsView view) => TableOf(view);

    internal static async Task<StatsView> ReadAsync(StoreConnections stores, CancellationToken cancellationToken)
    {
        var workers = await stores.Broker.WorkersAsync(stores.Settings.Lease, cancellationToken);
        var reports = await stores.Broker.ReportsAsync(workers.Select(w => w.Name), cancellationToken);
        return new StatsView([.. workers.Select(w => new WorkerStatsView(WorkerView.Of(w), reports.GetValueOrDefault(w.Name)))]);
    }

    internal static string TableOf(StatsView view)
    {
        var table = new Table("WORKER", "SEEN", "RUNNING", "SUCCEEDED", "RETRIED", "DEAD", "RELEASED", "UPTIME", "CPU", "MEMORY", "ORDER", "QUEUES");
        foreach (var (worker, report) in view.Workers)
        {
            table.Add(
                worker.Name,
                Cell.Ago(worker.HeartbeatAgeMs),
                $"{Cell.Of(report?.Running)}/{Cell.Of(worker.Concurrency)}",
                Cell.Of(report?.Succeeded),
                Cell.Of(report?.Retried),
                Cell.Of(report?.Dead),
                Cell.Of(report?.Released),
                Cell.Seconds(report?.UptimeSeconds),
                Cell.Seconds(report?.CpuSeconds),
                Cell.Megabytes(report?.ResidentBytes),
                worker.Order,
                string.Join(',', worker.Queues.Select(q => worker.Weights.TryGetValue(q, out var weight) ? $"{q}:{Cell.Of(weight)}" : q)));
        }

        return table.ToString();
    }
}
