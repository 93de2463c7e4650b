using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text;
using TaskRunner.Beat;

namespace TaskRunner.Cli.Inspect;

/// <summary><c>inspect report</c>: everything that belongs into a report of a problem, and no secret.</summary>
internal sealed class ReportVerb(VerbContext context)
    : ViewVerb<ReportView>("report", "Show versions, stores, workers, beats and queues, for a report of a problem.", context, CliJson.Default.ReportView)
{
    protected override async Task<ReportView> ReadAsync(StoreConnections stores, ParseResult parsed, CancellationToken cancellationToken)
    {
        IReadOnlyList<BeatInfo> beats = stores.Beats is { } registry ? await registry.ReadBeatsAsync(cancellationToken) : [];
        return new ReportView(
            CommandLine.Version,
            RuntimeInformation.FrameworkDescription,
            RuntimeInformation.OSDescription,
            stores.Broker.ServerDescription,
            stores.Settings.Redis!.Endpoint,
            stores.Settings.Database?.ToString(),
            stores.Settings.Broker.Namespace,
            await StatsVerb.ReadAsync(stores, cancellationToken),
            [.. beats.Select(BeatView.Of)],
            await QueueListVerb.ReadAsync(stores, cancellationToken));
    }

    protected override string Show(ReportView view)
    {
        var text = new StringBuilder();
        var facts = new Table("WHAT", "IS");
        facts.Add("version", view.Version);
        facts.Add("runtime", view.Runtime);
        facts.Add("system", view.System);
        facts.Add("broker", $"{view.BrokerServer} at {view.Broker}");
        facts.Add("database", view.Database ?? "none");
        facts.Add("namespace", view.Namespace);
        foreach (var beat in view.Beats)
        {
            facts.Add("beat", $"{beat.Name} {beat.Version}, seen {Cell.Ago(beat.SeenAgeMs)}");
        }

        return text.Append(facts).AppendLine().Append(StatsVerb.TableOf(view.Workers)).AppendLine().Append(QueueListVerb.TableOf(view.Queues)).ToString();
    }
}
