using System.CommandLine;

namespace TaskRunner.Cli.Inspect;

/// <summary><c>inspect reserved</c>: what workers hold and have not started. There is little: workers take no more than they can run.</summary>
internal sealed class ReservedVerb(VerbContext context)
    : ViewVerb<ActiveView>("reserved", "List the tasks that workers hold and have not started.", context, CliJson.Default.ActiveView)
{
    protected override async Task<ActiveView> ReadAsync(StoreConnections stores, ParseResult parsed, CancellationToken cancellationToken)
    {
        var workers = await stores.Broker.WorkersAsync(stores.Settings.Lease, cancellationToken);
        var reports = await stores.Broker.ReportsAsync(workers.Select(w => w.Name), cancellationToken);
        var reserved = reports.Values.SelectMany(r => r.Reserved ?? []).Select(IdText.Parse).OfType<Guid>().ToHashSet();
        return new ActiveView(reserved.Count == 0 ? [] : [.. (await stores.Broker.ActiveAsync(cancellationToken)).Where(t => reserved.Contains(t.Id))]);
    }

    protected override string Show(ActiveView view) => ActiveVerb.TableOf(view.Tasks);
}
