using System.CommandLine;
using TaskRunner.Beat;

namespace TaskRunner.Cli.Inspect;

/// <summary><c>inspect ping</c>: who is alive.</summary>
internal sealed class PingVerb(VerbContext context)
    : ViewVerb<PingView>("ping", "List workers and beats that are alive; exit code 5 when no worker is.", context, CliJson.Default.PingView)
{
    protected override async Task<PingView> ReadAsync(StoreConnections stores, ParseResult parsed, CancellationToken cancellationToken)
    {
        var workers = await stores.Broker.WorkersAsync(stores.Settings.Lease, cancellationToken);
        IReadOnlyList<BeatInfo> beats = stores.Beats is { } registry ? await registry.ReadBeatsAsync(cancellationToken) : [];
        return new PingView([.. workers.Select(WorkerView.Of)], [.. beats.Select(BeatView.Of)]);
    }

    protected override string Show(PingView view)
    {
        var table = new Table("KIND", "NAME", "SEEN", "CONCURRENCY", "QUEUES");
        foreach (var worker in view.Workers)
        {
            table.Add("worker", worker.Name, Cell.Ago(worker.HeartbeatAgeMs), Cell.Of(worker.Concurrency), string.Join(',', worker.Queues));
        }

        foreach (var beat in view.Beats)
        {
            table.Add("beat", beat.Name, Cell.Ago(beat.SeenAgeMs), "", "");
        }

        return table.ToString();
    }

    protected override int CodeOf(PingView view) => view.Workers.Count > 0 ? ExitCode.Ok : ExitCode.Failed;
}
